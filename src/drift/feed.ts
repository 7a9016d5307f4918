import type { Second } from './types.ts';

/** Cumulative counts of a pool's requests by latency bucket at one moment; `counts` may be written over later. */
export type Latencies = { atNs: number; counts: Float64Array };

/** Makes seconds of cumulative counts that are read about once a second. */
export class Feed {
  readonly #last: Float64Array;
  #begun = false;

  constructor(buckets: number) {
    this.#last = new Float64Array(buckets);
  }

  /** Null at the first call, and where a count went back: the pool's index serves another one. */
  next({ atNs, counts }: Latencies): Second | null {
    const last = this.#last;
    let [low, end, requests, back] = [counts.length, 0, 0, false];
    for (let i = 0; i < counts.length; i++) {
      const grown = counts[i]! - last[i]!;
      if (grown === 0) continue;
      if (grown < 0) back = true;
      if (low > i) low = i;
      end = i + 1;
      requests += grown;
    }
    const known = this.#begun && !back;
    const values = new Uint32Array(known ? Math.max(0, end - low) : 0);
    for (let i = 0; i < values.length; i++) values[i] = counts[low + i]! - last[low + i]!;
    last.set(counts);
    this.#begun = true;
    return known ? { atNs, requests, tail: { low: values.length === 0 ? 0 : low, values } } : null;
  }

  /** What comes next is measured anew. */
  forget(): void {
    this.#begun = false;
  }
}
