import { OTHER_KEY } from './thief_tables.ts';

/** A thief that has stolen nothing for so long is folded into `other`: short-lived processes must not pile up. */
const IDLE_NS = 60e9;

/** One pool's stolen time by raw thief key, of closed epochs. The sum never goes back. */
export class StolenBook {
  readonly #entries = new Map<number, { ns: number; lastNs: number }>();
  #otherNs = 0;

  add(gained: ReadonlyMap<number, number>, nowNs: number): void {
    for (const [key, ns] of gained) {
      const entry = this.#entries.get(key) ?? { ns: 0, lastNs: 0 };
      this.#entries.set(key, { ns: entry.ns + ns, lastNs: nowNs });
    }
    for (const [key, { ns, lastNs }] of this.#entries) {
      if (nowNs - lastNs <= IDLE_NS) continue;
      this.#entries.delete(key);
      this.#otherNs += ns;
    }
  }

  /** A copy: by key, what has been folded under OTHER_KEY. */
  sums(): Map<number, number> {
    const sums = new Map([...this.#entries].map(([key, { ns }]) => [key, ns]));
    if (this.#otherNs > 0) sums.set(OTHER_KEY, (sums.get(OTHER_KEY) ?? 0) + this.#otherNs);
    return sums;
  }
}
