/** Kernel counts of 32 bits, summed over their stripes into counts that never wrap. */
export class Counts {
  readonly #live: Uint32Array[];
  readonly #last: Uint32Array[];
  readonly counts: Float64Array;

  /** @param offsets bytes, of each stripe's first count. */
  constructor(bytes: ArrayBuffer, offsets: readonly number[], length: number) {
    this.#live = offsets.map((offset) => new Uint32Array(bytes, offset, length));
    this.#last = this.#live.map(() => new Uint32Array(length));
    this.counts = new Float64Array(length);
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
    for (let bucket = 0; bucket < live.length; bucket++) {
      const now = live[bucket]!;
      if (now === last[bucket]) continue;
      this.counts[bucket]! += (now - last[bucket]!) >>> 0;
      last[bucket] = now;
    }
  }
}
