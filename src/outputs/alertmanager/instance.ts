import { setTimeout as sleep } from 'node:timers/promises';
import type { InstanceCounters } from '../../metrics/notifications.ts';
import type { Log } from '../../pools/roster.ts';
import { backoffMs } from './backoff.ts';
import type { Message } from './message.ts';
import type { Outcome } from './post.ts';
import { QUEUE_MESSAGES_MAX, Queue } from './queue.ts';

export type Post = (body: string, signal: AbortSignal) => Promise<Outcome>;

export type InstanceOptions = {
  log: Log;
  /** Ends early, without an error, where it is aborted. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  random?: () => number;
};

/** One Alertmanager: its queue, emptied by one request after the other. */
export class Instance {
  readonly #name: string;
  readonly #post: Post;
  readonly #options: Required<InstanceOptions>;
  readonly #queue = new Queue();
  /** Aborted by close(): waits end at once. */
  readonly #closing = new AbortController();
  /** Aborted when close() has waited long enough. */
  readonly #ended = new AbortController();
  readonly #totals = { sent: 0, errors: 0, droppedRefused: 0, requests: 0, requestSeconds: 0 };
  #running: Promise<void> | null = null;
  #failures = 0;
  #fault: string | null = null;

  constructor(name: string, post: Post, options: InstanceOptions) {
    this.#name = name;
    this.#post = post;
    this.#options = { wait: pause, random: Math.random, ...options };
  }

  add(messages: readonly Message[]): void {
    if (this.#closing.signal.aborted) return;
    this.#queue.add(messages);
    if (this.#queue.length > 0) this.#running ??= this.#run();
  }

  counters(): InstanceCounters {
    const [queueLength, droppedFull] = [this.#queue.length, this.#queue.dropped];
    const own = { alertmanager: this.#name, queueLength, queueCapacity: QUEUE_MESSAGES_MAX, droppedFull };
    return { ...own, ...this.#totals, fault: this.#fault };
  }

  /** Tries each batch that waits once more, for so long at most. */
  async close(flushMs: number): Promise<void> {
    this.#closing.abort();
    const timer = setTimeout(() => this.#ended.abort(new Error('the daemon ends')), flushMs);
    await this.#running;
    clearTimeout(timer);
    const left = this.#queue.length;
    if (left > 0) this.#options.log.warn(`alertmanager ${this.#name}: ${left} alerts were not sent`);
  }

  async #run(): Promise<void> {
    await this.#empty();
    this.#running = null;
  }

  async #empty(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#queue.length > 0) {
      const closed = signal.aborted;
      if (await this.#sendOne()) continue;
      if (closed) return;
      await this.#options.wait(backoffMs(this.#failures, this.#options.random()), signal);
    }
  }

  /** False: to be tried again. */
  async #sendOne(): Promise<boolean> {
    const batch = this.#queue.take();
    const startMs = performance.now();
    const outcome = await this.#post(`[${batch.map(({ json }) => json).join(',')}]`, this.#ended.signal);
    this.#totals.requests++;
    this.#totals.requestSeconds += (performance.now() - startMs) / 1000;
    if (outcome.result === 'failed') this.#queue.putBack(batch);
    if (outcome.result === 'refused') this.#totals.droppedRefused += batch.length;
    this.#totals[outcome.result === 'sent' ? 'sent' : 'errors'] += batch.length;
    this.#failures = outcome.result === 'failed' ? this.#failures + 1 : 0;
    this.#say('fault' in outcome ? outcome.fault : null);
    return outcome.result !== 'failed';
  }

  /** Keeps the fault; logs it where it is another one than before. */
  #say(fault: string | null): void {
    const before = this.#fault;
    this.#fault = fault;
    if (fault !== null && fault !== before) this.#options.log.warn(`alertmanager ${this.#name}: ${fault}`);
    else if (fault === null && before !== null) this.#options.log.info(`alertmanager ${this.#name} works again`);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
