/**
 * A tracepoint program's dispatch that its own run time does not show: an empty program costs a switch some 90 ns, of
 * which the kernel's statistics report about 54 (docs/BENCHMARKS.md has today's rows).
 */
export const DISPATCH_NS = 36;

export type Usage = {
  /** A second: runs of all programs and the time they report, nanoseconds. */
  probes: { runs: number; runNs: number };
  /** The daemon's own CPU time a second, nanoseconds. */
  daemonNs: number;
  cpus: number;
};

/** Share of the host's CPU time that pooldrift takes. */
export function overheadRatio({ probes, daemonNs, cpus }: Usage): number {
  return (probes.runNs + probes.runs * DISPATCH_NS + daemonNs) / (cpus * 1e9);
}

/** Of the limit: what the probes take at the least where giving up their work is of use. */
const PROBES_SHARE = 0.1;

/**
 * What giving up is judged by. Work of the probes that is given up lowers the probes' part alone: where that is next to
 * nothing, the rest is the daemon's, as when somebody asks it for much, and nothing is gained.
 */
export function judgedRatio(usage: Usage, limit: number): number {
  const probes = overheadRatio({ ...usage, daemonNs: 0 });
  return probes < limit * PROBES_SHARE ? probes : overheadRatio(usage);
}

/** Over the limit in so many looks in a row: the next part is given up. */
const OVER = 2;
/** Below RESTORE_SHARE of the limit in so many: the last one given up comes back. */
const UNDER = 5;
const RESTORE_SHARE = 0.6;

/** Gives optional work up, in a stated order, while the overhead is over its limit; hysteresis both ways. */
export class Shedding<Part extends string> {
  readonly #order: readonly Part[];
  #limit: number;
  #off = 0;
  #over = 0;
  #under = 0;

  constructor(order: readonly Part[], limit: number) {
    this.#order = order;
    this.#limit = limit;
  }

  set limit(ratio: number) {
    this.#limit = ratio;
  }

  /** What is switched off now, first given up first. */
  get off(): readonly Part[] {
    return this.#order.slice(0, this.#off);
  }

  /** One look. Returns what is to be switched, or null. */
  look(ratio: number): { part: Part; off: boolean } | null {
    this.#over = ratio > this.#limit ? this.#over + 1 : 0;
    this.#under = ratio < this.#limit * RESTORE_SHARE ? this.#under + 1 : 0;
    if (this.#over >= OVER && this.#off < this.#order.length) {
      this.#over = 0;
      return { part: this.#order[this.#off++]!, off: true };
    }
    if (this.#under >= UNDER && this.#off > 0) {
      this.#under = 0;
      return { part: this.#order[--this.#off]!, off: false };
    }
    return null;
  }
}
