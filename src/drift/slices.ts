import type { Trimmed } from '../windows/trimmed.ts';
import type { Edge } from './edge.ts';

/** Counts requests beyond several edges at once. */
export class Slices {
  readonly #buckets: Int32Array;
  readonly #shares: Float64Array;
  /** Requests beyond each edge, as last counted. */
  readonly beyond: Float64Array;

  /** `edges` ascend. */
  constructor(edges: readonly Edge[]) {
    this.#buckets = Int32Array.from(edges, ({ bucket }) => bucket);
    this.#shares = Float64Array.from(edges, ({ share }) => share);
    this.beyond = new Float64Array(edges.length);
  }

  count({ low, values }: Trimmed): void {
    const [buckets, beyond] = [this.#buckets, this.beyond];
    let [sum, i] = [0, values.length - 1];
    for (let edge = buckets.length - 1; edge >= 0; edge--) {
      const at = buckets[edge]! - low;
      while (i > at && i >= 0) sum += values[i--]!;
      beyond[edge] = at >= 0 && at < values.length ? sum + this.#shares[edge]! * values[at]! : sum;
    }
  }
}
