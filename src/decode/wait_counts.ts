import { WaitHistogram } from './layout.gen.ts';

export const WAIT_BUCKETS = WaitHistogram.count_count;

/** One pool's wait histogram, summed over its stripes into counts that never wrap. The kernel's are 32 bits wide. */
export class WaitCounts {
  readonly #live: Uint32Array;
  readonly #last: Uint32Array;
  readonly counts = new Float64Array(WAIT_BUCKETS);

  constructor(bytes: ArrayBuffer, pool: number, stripes: number) {
    const length = stripes * WAIT_BUCKETS;
    this.#live = new Uint32Array(bytes, pool * length * 4, length);
    this.#last = this.#live.slice();
  }

  /** Must be called before any one bucket gains 2^32 counts. */
  update(): Float64Array {
    const { counts } = this;
    const live = this.#live;
    const last = this.#last;
    for (let i = 0, bucket = 0; i < live.length; i++, bucket++) {
      if (bucket === WAIT_BUCKETS) bucket = 0;
      const now = live[i]!;
      if (now === last[i]) continue;
      counts[bucket]! += (now - last[i]!) >>> 0;
      last[i] = now;
    }
    return counts;
  }
}
