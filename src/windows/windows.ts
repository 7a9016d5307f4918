import type { PoolSample } from '../decode/sample.ts';
import type { Pool } from '../pools/pool.ts';
import { sizeDeviation } from './deviation.ts';
import { ThiefLedger } from './thieves.ts';
import { type Gauges, PoolWindow, type WindowOptions } from './window.ts';

export type WindowsOptions = WindowOptions & {
  /** `limits.thieves`: thieves with a name of their own, a pool. */
  thieves: number;
  /** tgid -> label. */
  thiefName: (tgid: number) => string;
};

/** Everything that the outputs show of one pool. */
export type PoolReading = {
  pool: Pool;
  /** Null until a process has been a member. */
  sample: PoolSample | null;
  /** Run-queue time by thief, cumulative. */
  stolenNs: ReadonlyMap<string, number>;
  gauges: Gauges;
  sizeDeviation: number | null;
};

type Entry = { window: PoolWindow; ledger: ThiefLedger };

/** The windows of all pools, by pool index. */
export class Windows {
  readonly #options: WindowsOptions;
  readonly #entries = new Map<number, Entry>();
  #droppedBefore = 0;

  constructor(options: WindowsOptions) {
    this.#options = options;
  }

  /** Ten times a second: workers active at this moment, by pool index. */
  look(active: ArrayLike<number>, atNs: number): void {
    for (const [index, { window }] of this.#entries) window.look(active[index] ?? 0, atNs);
  }

  /** Once a second. */
  add(samples: ReadonlyMap<number, PoolSample>): void {
    for (const [index, sample] of samples) {
      const { window, ledger } = this.#entry(index);
      ledger.update(sample.stolen, this.#options.thiefName, sample.atNs);
      window.add(sample, ledger.totals());
    }
  }

  /** Counters of `sample`, read at this moment, beside the window's gauges. */
  read(pool: Pool, sample: PoolSample | null): PoolReading {
    const { window, ledger } = this.#entry(pool.index);
    if (sample !== null) ledger.update(sample.stolen, this.#options.thiefName, sample.atNs);
    const gauges = window.gauges();
    return { pool, sample, stolenNs: ledger.totals(), gauges, sizeDeviation: sizeDeviation(gauges, pool.size) };
  }

  /** The pool has gone, or its index serves another one. */
  drop(index: number): void {
    this.#droppedBefore += this.#entries.get(index)?.ledger.dropped ?? 0;
    this.#entries.delete(index);
  }

  /** Thieves that got no series of their own since the start, over all pools. */
  thievesDropped(): number {
    return [...this.#entries.values()].reduce((sum, { ledger }) => sum + ledger.dropped, this.#droppedBefore);
  }

  #entry(index: number): Entry {
    let entry = this.#entries.get(index);
    if (entry === undefined) {
      entry = { window: new PoolWindow(this.#options), ledger: new ThiefLedger(this.#options.thieves) };
      this.#entries.set(index, entry);
    }
    return entry;
  }
}
