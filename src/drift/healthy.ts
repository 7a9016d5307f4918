import { WAIT_BUCKETS } from '../windows/histogram.ts';
import { type Block, OpenBlock } from './block.ts';
import { Blocks } from './blocks.ts';
import { latencyExceededBy } from './edge.ts';
import { TAIL_SHARE } from './ladder.ts';

const HOUR_SECONDS = 3600;
/** Blocks of the last hour, and as many longer ones for what a longer baseline covers beyond it. */
const BLOCKS = 360;

/** Blocks are so long, seconds: 10 for baselines of an hour and more, shorter for shorter ones. */
export function blockSeconds(baselineSeconds: number): number {
  return Math.min(10, Math.max(1, Math.floor(baselineSeconds / BLOCKS)));
}

/**
 * A pool's last healthy time: `drift.baseline` of it, in at most 720 blocks. Time without a request is no part of it.
 * What lies more than an hour back stands in longer blocks, so that four weeks take no more room.
 */
export class Healthy {
  /** The last hour, or all where the baseline is shorter. */
  readonly fine = new Blocks();
  /** What is older. */
  readonly coarse = new Blocks();
  /** On its way from `fine` to `coarse`. */
  readonly open = new OpenBlock();
  readonly #fineSeconds: number;
  readonly #baselineSeconds: number;
  readonly #coarseSeconds: number;

  constructor(baselineSeconds: number) {
    this.#baselineSeconds = baselineSeconds;
    this.#fineSeconds = Math.min(HOUR_SECONDS, baselineSeconds);
    this.#coarseSeconds = Math.ceil((baselineSeconds - this.#fineSeconds) / BLOCKS);
  }

  get seconds(): number {
    return this.fine.seconds + this.coarse.seconds + this.open.seconds;
  }

  get requests(): number {
    return this.fine.requests + this.coarse.requests + this.open.requests;
  }

  push(block: Block): void {
    this.fine.push(block);
    while (this.fine.seconds > this.#fineSeconds) this.#age(this.fine.shift()!);
    while (this.seconds > this.#baselineSeconds && this.coarse.list.length > 0) this.coarse.shift();
  }

  #age(block: Block): void {
    if (this.#coarseSeconds === 0) return;
    this.open.addBlock(block);
    if (this.open.seconds >= this.#coarseSeconds) this.coarse.push(this.open.close(block.endNs, WAIT_BUCKETS));
  }

  /** Takes the last hour's blocks that end after `sinceNs` out again. */
  withdraw(sinceNs: number): void {
    while ((this.fine.list.at(-1)?.endNs ?? 0) > sinceNs) this.fine.pop();
  }

  clear(): void {
    this.fine.clear();
    this.coarse.clear();
    this.open.clear();
  }

  /** Nanoseconds; null without a request. */
  p99Ns(): number | null {
    const { fine, coarse } = this;
    if (coarse.list.length === 0) return latencyExceededBy(TAIL_SHARE, fine.requests, fine.counts);
    const both = Float64Array.from(fine.counts, (count, i) => count + coarse.counts[i]!);
    return latencyExceededBy(TAIL_SHARE, fine.requests + coarse.requests, both);
  }
}
