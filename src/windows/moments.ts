const MOMENTS_MAX = 64;
const SECOND_NS = 1e9;

/**
 * The last moments of one pool: as many as cover `longestNs`, at most 64. Time is each moment's own CLOCK_MONOTONIC:
 * a step of the wall clock changes nothing, a late sample makes a span longer, never wrong.
 */
export class Moments<M extends { readonly atNs: number }> {
  readonly #longestNs: number;
  #kept: M[] = [];
  #newest: M | null = null;

  constructor(longestNs: number) {
    this.#longestNs = longestNs;
  }

  get newest(): M | null {
    return this.#newest;
  }

  add(moment: M): void {
    this.#newest = moment;
    const last = this.#kept.at(-1);
    if (last === undefined || moment.atNs - last.atNs >= this.#spacingNs()) this.#kept.push(moment);
    this.#forget(moment.atNs - this.#longestNs);
  }

  clear(): void {
    this.#kept = [];
    this.#newest = null;
  }

  /** Half a second less than a step, so that a timer's jitter does not drop every other sample. */
  #spacingNs(): number {
    return Math.max(SECOND_NS, this.#longestNs / (MOMENTS_MAX - 2)) - SECOND_NS / 2;
  }

  /** Keeps one moment at or before the edge: the window starts there. */
  #forget(edgeNs: number): void {
    while (this.#kept.length > 1 && this.#kept[1]!.atNs <= edgeNs) this.#kept.shift();
    while (this.#kept.length > MOMENTS_MAX) this.#kept.splice(1, 1);
  }

  /** Those that are kept from `from` on, the oldest first. */
  since(from: M): M[] {
    return this.#kept.filter(({ atNs }) => atNs >= from.atNs);
  }

  /** Of the moments before `beforeNs`, the one nearest to `edgeNs`; null where there is none. */
  near(edgeNs: number, beforeNs: number): M | null {
    let best: M | null = null;
    for (const moment of this.#kept) {
      if (moment.atNs >= beforeNs) break;
      if (best === null || Math.abs(moment.atNs - edgeNs) <= Math.abs(best.atNs - edgeNs)) best = moment;
    }
    return best;
  }
}
