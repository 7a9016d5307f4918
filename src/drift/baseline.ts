import { WAIT_BUCKETS } from '../windows/histogram.ts';
import { type Block, OpenBlock } from './block.ts';
import { blockSeconds, Healthy } from './healthy.ts';
import { Memory } from './memory.ts';
import { type Norm, normOf } from './norm.ts';
import { packBlock, type Saved, type SavedBlock, unpackBlock } from './saved.ts';
import type { DriftOptions, Second } from './types.ts';

/** With fewer requests a P99 is one of the two slowest, whichever they were. */
export const REQUESTS_MIN = 300;
const ARMED_WINDOWS = 3;
const ARMED_SHARE = 1 / 12;
/** What was just seen waits so long before it counts as healthy, at most: an onset may not be found yet. */
const QUARANTINE_SECONDS_MAX = 300;
/** Blocks that wait at once, at most. */
const PENDING_MAX = 360;
/** The norm is made anew so often, at least, in healthy seconds. */
const YOUNG_RENEWAL_SECONDS = 60;
const RENEWAL_SECONDS = 300;
/** Slow blocks are kept down to 0.7 of the P99 of the baseline. */
const BELOW_Q_BUCKETS = 16;

/** A pool's healthy time, from its seconds to what is normal. */
export class Baseline {
  readonly options: DriftOptions;
  readonly healthy: Healthy;
  readonly memory = new Memory();
  /** Blocks that wait, the oldest first. */
  pending: Block[] = [];
  /** Null until armed. */
  norm: Norm | null = null;
  readonly #blockSeconds: number;
  readonly #quarantineNs: number;
  readonly #open = new OpenBlock();
  #sinceRenewal = 0;

  constructor(options: DriftOptions) {
    this.options = options;
    this.healthy = new Healthy(options.baselineSeconds);
    this.#blockSeconds = blockSeconds(options.baselineSeconds);
    this.#quarantineNs = Math.min(QUARANTINE_SECONDS_MAX, options.baselineSeconds * ARMED_SHARE) * 1e9;
  }

  get armedAfterSeconds(): number {
    const { windowSeconds, baselineSeconds } = this.options;
    const wanted = Math.max(ARMED_WINDOWS * windowSeconds, baselineSeconds * ARMED_SHARE);
    return Math.min(wanted, baselineSeconds - 2 * this.#blockSeconds);
  }

  /** Healthy seconds missing until it is armed, at the rate of requests seen; 0 when it is. */
  get armedInSeconds(): number {
    if (this.norm !== null) return 0;
    const seconds = this.healthy.seconds + this.#open.seconds;
    const requests = this.healthy.requests + this.#open.requests;
    const slow = requests > 0 ? (Math.max(0, REQUESTS_MIN - requests) * seconds) / requests : 0;
    return Math.max(1, Math.ceil(Math.max(this.armedAfterSeconds - seconds, slow)));
  }

  /** Adds a healthy second; true where the norm is another one now. `suspect`: a drift may have begun, so all wait. */
  add({ atNs, requests, tail }: Second, seconds: number, suspect: boolean): boolean {
    const open = this.#open;
    open.add(requests, tail, seconds);
    if (open.seconds < this.#blockSeconds) return false;
    if (open.requests === 0) {
      open.clear();
      return false;
    }
    const downTo = this.norm === null ? WAIT_BUCKETS : this.norm.q.bucket - BELOW_Q_BUCKETS;
    this.pending.push(open.close(atNs, downTo));
    return suspect && this.pending.length < PENDING_MAX ? false : this.#admit(atNs);
  }

  #admit(atNs: number): boolean {
    const until = this.norm === null ? atNs : atNs - this.#quarantineNs;
    while (this.pending.length > 0 && this.pending[0]!.endNs <= until) {
      const block = this.pending.shift()!;
      this.healthy.push(block);
      this.#sinceRenewal += block.seconds;
    }
    return this.#due() && this.renew(atNs);
  }

  #due(): boolean {
    const { healthy, norm } = this;
    if (norm === null) return healthy.seconds >= this.armedAfterSeconds && healthy.requests >= REQUESTS_MIN;
    const { baselineSeconds } = this.options;
    const every = norm.young
      ? Math.min(YOUNG_RENEWAL_SECONDS, baselineSeconds / 60)
      : Math.min(RENEWAL_SECONDS, baselineSeconds * ARMED_SHARE);
    return this.#sinceRenewal >= every;
  }

  /** Makes the norm anew; false where there is nothing to make it of, then it stays as it was. */
  renew(atNs: number): boolean {
    const norm = normOf(this.healthy, this.options, this.#blockSeconds);
    if (norm === null) return false;
    this.#sinceRenewal = 0;
    this.norm = this.memory.applied(norm, atNs);
    return true;
  }

  /** The second that is being filled is left out. */
  dropOpen(): void {
    this.#open.clear();
  }

  /** What was seen after `sinceNs` was not healthy. */
  withdraw(sinceNs: number, atNs: number): void {
    this.dropOpen();
    for (const block of this.pending) if (block.endNs <= sinceNs) this.healthy.push(block);
    this.pending = [];
    this.healthy.withdraw(sinceNs);
    this.renew(atNs);
  }

  /** Begins anew. */
  clear(): void {
    this.dropOpen();
    this.pending = [];
    this.healthy.clear();
    this.norm = null;
    this.#sinceRenewal = 0;
  }

  save(nowNs: number): Pick<Saved, 'armed' | 'fine' | 'open' | 'coarse' | 'pending' | 'memory'> {
    const packed = (blocks: readonly Block[]) => blocks.map((block) => packBlock(block, nowNs));
    return {
      armed: this.norm !== null,
      fine: packed(this.healthy.fine.list),
      open: this.healthy.open.requests === 0 ? null : packBlock(this.healthy.open.look(nowNs, WAIT_BUCKETS), nowNs),
      coarse: packed(this.healthy.coarse.list),
      pending: packed(this.pending),
      memory: this.memory.save(nowNs),
    };
  }

  restore({ armed, fine, open, coarse, pending, memory }: Saved, savedAtNs: number, nowNs: number): void {
    const unpacked = (blocks: readonly SavedBlock[]) => blocks.map((block) => unpackBlock(block, savedAtNs));
    for (const block of unpacked(coarse)) this.healthy.coarse.push(block);
    if (open !== null) this.healthy.open.addBlock(unpackBlock(open, savedAtNs));
    for (const block of unpacked(fine)) this.healthy.push(block);
    this.pending = unpacked(pending);
    this.memory.restore(memory, savedAtNs);
    if (armed) this.renew(nowNs);
  }
}
