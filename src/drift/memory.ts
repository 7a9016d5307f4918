import { LADDER } from './ladder.ts';
import type { Norm } from './norm.ts';

const DECAY_NS = 3 * 86_400e9;

/** The largest dispersion that a whole baseline has shown, by window length; it fades over three days. */
export class Memory {
  readonly #largest = new Float64Array(LADDER.length);
  #atNs = 0;

  /** The norm with a dispersion that has not forgotten; whole baselines are remembered. */
  applied(norm: Norm, atNs: number): Norm {
    const faded = Math.exp(-Math.max(0, atNs - this.#atNs) / DECAY_NS);
    this.#atNs = atNs;
    const scales = norm.scales.map((scale, i) => {
      this.#largest[i]! *= faded;
      if (!norm.young) this.#largest[i] = Math.max(this.#largest[i]!, scale.dispersion);
      return { ...scale, dispersion: Math.max(this.#largest[i]!, scale.dispersion) };
    });
    return { ...norm, scales };
  }

  clear(): void {
    this.#largest.fill(0);
  }

  save(nowNs: number): number[] {
    const faded = Math.exp(-Math.max(0, nowNs - this.#atNs) / DECAY_NS);
    return Array.from(this.#largest, (dispersion) => dispersion * faded);
  }

  restore(saved: readonly number[], atNs: number): void {
    for (let i = 0; i < this.#largest.length; i++) this.#largest[i] = saved[i] ?? 0;
    this.#atNs = atNs;
  }
}
