import type { Exemplar } from '../decode/sample.ts';

/** Kept a pool: the last ones. */
const KEPT = 16;

/** The last slow requests of each pool, by pool index. */
export class Exemplars {
  readonly #pools = new Map<number, Exemplar[]>();

  add(exemplar: Exemplar): void {
    const kept = this.#pools.get(exemplar.pool) ?? [];
    kept.push(exemplar);
    if (kept.length > KEPT) kept.shift();
    this.#pools.set(exemplar.pool, kept);
  }

  /** The newest last. */
  read(pool: number): readonly Exemplar[] {
    return this.#pools.get(pool) ?? [];
  }

  /** Pools of other indices have gone. */
  keep(known: ReadonlySet<number>): void {
    for (const pool of this.#pools.keys()) if (!known.has(pool)) this.#pools.delete(pool);
  }
}
