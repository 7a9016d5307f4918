import { WAIT_BUCKETS } from '../windows/histogram.ts';
import type { Trimmed } from '../windows/trimmed.ts';
import type { Edge } from './edge.ts';
import { Slab } from './slab.ts';

/** A few healthy seconds of a pool. */
export type Block = {
  /** CLOCK_MONOTONIC of its end. */
  endNs: number;
  seconds: number;
  requests: number;
  /** Requests in bucket `low + i` or above, for the slowest twentieth of them at least, as far as they were given. */
  low: number;
  above: Uint32Array;
};

const KEPT_SHARE = 0.05;

/** Requests of a block that are slower than `edge`; of those below its `low` nothing is known. */
export function slowerThan({ low, above }: Block, { bucket, share }: Edge): number {
  const at = bucket - low;
  if (at < 0) return above.length === 0 ? 0 : above[0]!;
  if (at >= above.length) return 0;
  const beyond = at + 1 < above.length ? above[at + 1]! : 0;
  return beyond + share * (above[at]! - beyond);
}

/** Adds a block's counts by bucket to `counts`, `sign` times. */
export function addCounts({ low, above }: Block, counts: Float64Array, sign: 1 | -1): void {
  for (let i = 0; i < above.length; i++) counts[low + i]! += sign * (above[i]! - (above[i + 1] ?? 0));
}

/** The block that is being filled. */
export class OpenBlock {
  readonly #counts = new Float64Array(WAIT_BUCKETS);
  readonly #slab = new Slab();
  #low: number = WAIT_BUCKETS;
  #end = 0;
  requests = 0;
  seconds = 0;

  add(requests: number, { low, values }: Trimmed, seconds: number): void {
    this.requests += requests;
    this.seconds += seconds;
    const length = values.length;
    if (length === 0) return;
    if (low < this.#low) this.#low = low;
    if (low + length > this.#end) this.#end = low + length;
    const counts = this.#counts;
    for (let i = 0; i < length; i++) counts[low + i]! += values[i]!;
  }

  addBlock(block: Block): void {
    this.requests += block.requests;
    this.seconds += block.seconds;
    this.#low = Math.min(this.#low, block.low);
    this.#end = Math.max(this.#end, block.low + block.above.length);
    addCounts(block, this.#counts, 1);
  }

  clear(): void {
    if (this.#low < this.#end) this.#counts.fill(0, this.#low, this.#end);
    [this.#low, this.#end, this.requests, this.seconds] = [WAIT_BUCKETS, 0, 0, 0];
  }

  /** What was filled in, down to its slowest twentieth or to bucket `downTo`, whichever is lower. */
  look(endNs: number, downTo: number): Block {
    const counts = this.#counts;
    while (this.#end > this.#low && counts[this.#end - 1] === 0) this.#end--;
    let [low, kept] = [this.#end, 0];
    const wanted = KEPT_SHARE * this.requests;
    while (low > this.#low && (kept < wanted || low > downTo)) kept += counts[--low]!;
    while (low < this.#end && counts[low] === 0) low++;
    const above = this.#slab.take(this.#end - low);
    for (let i = above.length - 1, sum = 0; i >= 0; i--) {
      sum += counts[low + i]!;
      above[i] = sum;
    }
    return { endNs, seconds: this.seconds, requests: this.requests, low, above };
  }

  /** The same, and begins anew. */
  close(endNs: number, downTo: number): Block {
    const block = this.look(endNs, downTo);
    this.clear();
    return block;
  }
}
