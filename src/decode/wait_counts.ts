import { PoolStripe } from './layout.gen.ts';

export const WAIT_BUCKETS = PoolStripe.waits_count;

/** One pool's wait histogram, summed over its stripes into counts that never wrap. The kernel's are 32 bits wide. */
export class WaitCounts {
  readonly #live: Uint32Array[];
  readonly #last: Uint32Array[];
  readonly counts = new Float64Array(WAIT_BUCKETS);

  constructor(bytes: ArrayBuffer, pool: number, stripes: number) {
    const offset = (stripe: number) => (pool * stripes + stripe) * PoolStripe.size + PoolStripe.waits;
    this.#live = Array.from({ length: stripes }, (_, stripe) => new Uint32Array(bytes, offset(stripe), WAIT_BUCKETS));
    this.#last = this.#live.map(() => new Uint32Array(WAIT_BUCKETS));
  }

  /** The pool's index will serve another pool: the kernel side's counts start from nothing. */
  clear(): void {
    for (const counts of [...this.#live, ...this.#last]) counts.fill(0);
  }

  /** Must be called before any one bucket gains 2^32 counts. */
  update(): Float64Array {
    for (const [stripe, live] of this.#live.entries()) this.#add(live, this.#last[stripe]!);
    return this.counts;
  }

  #add(live: Uint32Array, last: Uint32Array): void {
    for (let bucket = 0; bucket < WAIT_BUCKETS; bucket++) {
      const now = live[bucket]!;
      if (now === last[bucket]) continue;
      this.counts[bucket]! += (now - last[bucket]!) >>> 0;
      last[bucket] = now;
    }
  }
}
