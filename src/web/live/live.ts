import type { RequestHandler } from 'express';
import type { Reading } from '../../metrics/reading.ts';
import { liveExplain, livePools } from '../../outputs/live.ts';
import { sendError } from '../error.ts';
import { Clients } from './clients.ts';
import { eventOf } from './event.ts';
import { History, type Now, STEP_MS } from './history.ts';
import { LiveState } from './state.ts';
import { WaitSteps } from './wait_steps.ts';

const TICK_MS = 2000;
const TICKS_A_STEP = STEP_MS / TICK_MS;
export const CLIENTS_MAX = 200;
const RETRY_SECONDS = 10;

export type LiveOptions = {
  read(): Reading;
  onError(error: unknown): void;
  now?(): Now;
};

const systemNow = (): Now => ({ monotonicMs: performance.now(), wallMs: Date.now() });

/** GET /api/v1/stream: the page's figures as they change, read and written once for all clients; and the last hour. */
export class Live {
  readonly #options: Required<LiveOptions>;
  readonly #history = new History();
  readonly #waits = new WaitSteps();
  readonly #clients = new Clients();
  readonly #state = new LiveState();
  /** Of the newest tick, by what it is; made when the first client asks. */
  readonly #cached = new Map<string, Buffer>();
  #reading: Reading | null = null;
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;

  constructor(options: LiveOptions) {
    this.#options = { now: systemNow, ...options };
  }

  begin(): void {
    this.#timer = setInterval(() => this.#guarded(() => this.tick()), TICK_MS);
  }

  /** Ends the streams too. */
  end(): void {
    clearInterval(this.#timer);
    this.#clients.end();
  }

  get clients(): number {
    return this.#clients.size;
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** Every 2 s. Where nobody listens only the history's steps cost anything. */
  tick(): void {
    const stepped = this.#ticks++ % TICKS_A_STEP === 0;
    if (!stepped && this.#clients.size === 0) return;
    const update = this.#take(stepped);
    if (this.#clients.size === 0) return;
    const ofPool = new Map([...this.#clients.pools()].map((pool) => [pool, this.#explain(pool)]));
    this.#clients.send(eventOf('live', update), ofPool);
  }

  #take(stepped: boolean) {
    const reading = this.#options.read();
    if (stepped) this.#waits.step(reading);
    const pools = livePools(reading, this.#waits.newest);
    if (stepped) this.#history.add(pools, this.#options.now());
    this.#cached.clear();
    this.#reading = reading;
    return this.#state.take(reading, pools, stepped);
  }

  readonly serve: RequestHandler = (request, response) => {
    if (this.#clients.size >= CLIENTS_MAX) {
      response.set('Retry-After', String(RETRY_SECONDS));
      return sendError(response, 503, 'busy', `${CLIENTS_MAX} pages are open already`);
    }
    response.set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' });
    if (request.method === 'HEAD') return void response.end();
    if (this.#clients.size === 0) this.#take(false);
    const pool = new URL(request.url, 'http://localhost').searchParams.get('pool');
    this.#clients.add(response, pool, this.#first(pool));
  };

  /** What a client begins with. */
  #first(pool: string | null): Buffer[] {
    const now = this.#options.now();
    const all = this.#once('live', () => eventOf('live', this.#state.whole()));
    const history = this.#once('history', () => eventOf('history', this.#history.coarse(now)));
    if (pool === null) return [all, history];
    const course = this.#once(`course ${pool}`, () => {
      const kept = this.#history.course(pool, now);
      return eventOf('course', kept ?? { pool, stepMs: STEP_MS, atMs: [], fields: {}, waits: [] });
    });
    return [all, history, course, this.#explain(pool)];
  }

  #explain(pool: string): Buffer {
    return this.#once(`explain ${pool}`, () => eventOf('explain', liveExplain(pool, this.#reading!)));
  }

  #once(key: string, make: () => Buffer): Buffer {
    const made = this.#cached.get(key) ?? make();
    this.#cached.set(key, made);
    return made;
  }
}
