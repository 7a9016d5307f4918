import { WAIT_BUCKETS } from '../windows/histogram.ts';
import { addCounts, type Block } from './block.ts';

/** Blocks in the order of time with the sums over them. */
export class Blocks {
  readonly list: Block[] = [];
  /** Requests by bucket, as far down as each block knows them. */
  readonly counts = new Float64Array(WAIT_BUCKETS);
  seconds = 0;
  requests = 0;

  push(block: Block): void {
    this.list.push(block);
    this.#sum(block, 1);
  }

  shift(): Block | undefined {
    return this.#out(this.list.shift());
  }

  pop(): Block | undefined {
    return this.#out(this.list.pop());
  }

  clear(): void {
    this.list.length = 0;
    this.counts.fill(0);
    [this.seconds, this.requests] = [0, 0];
  }

  #out(block: Block | undefined): Block | undefined {
    if (block !== undefined) this.#sum(block, -1);
    return block;
  }

  #sum(block: Block, sign: 1 | -1): void {
    this.seconds += sign * block.seconds;
    this.requests += sign * block.requests;
    addCounts(block, this.counts, sign);
  }
}
