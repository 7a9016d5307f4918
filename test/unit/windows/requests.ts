import {
  type BudgetRow,
  COMPONENTS,
  type Component,
  DOUBTS,
  type Doubt,
  type RequestSample,
} from '../../../src/decode/sample.ts';
import { bucketIndex, WAIT_BUCKETS } from '../../../src/windows/histogram.ts';
import { noParts } from '../../../src/windows/tail.ts';

/** One request, as the kernel side would count it. What the parts leave of the latency is unexplained. */
export type Request = {
  latencyNs: number;
  lastNs?: number;
  parts?: Partial<Record<Component, number>>;
  moved?: boolean;
  sharedNs?: number;
  /** So many like it. */
  times?: number;
};

/** Counters as the probe hands them over: each call of serve() adds to them. */
export class Served {
  readonly #first = new Float64Array(WAIT_BUCKETS);
  readonly #last = new Float64Array(WAIT_BUCKETS);
  readonly #budget = Array.from({ length: WAIT_BUCKETS / 8 }, emptyRow);
  readonly #doubted = Object.fromEntries(DOUBTS.map((doubt) => [doubt, 0])) as Record<Doubt, number>;

  serve(...requests: readonly Request[]): this {
    for (const { latencyNs, lastNs = latencyNs, parts = {}, moved = false, sharedNs = 0, times = 1 } of requests) {
      this.#first[bucketIndex(latencyNs)]! += times;
      this.#last[bucketIndex(lastNs)]! += times;
      const row = this.#budget[Math.floor(bucketIndex(latencyNs) / 8)]!;
      row.requests += times;
      row.latencyNs += times * latencyNs;
      row.moved += moved ? times : 0;
      row.sharedNs += times * sharedNs;
      const split = splitOf(latencyNs, parts);
      for (const component of COMPONENTS) row.partNs[component] += times * split[component];
    }
    return this;
  }

  doubt(doubt: Doubt, times = 1): this {
    this.#doubted[doubt] += times;
    return this;
  }

  /** The probe's own arrays and rows, which it goes on changing. */
  at(atNs: number): RequestSample {
    return { atNs, first: this.#first, last: this.#last, budget: this.#budget, doubted: this.#doubted };
  }

  rows(): BudgetRow[] {
    return this.#budget;
  }
}

function emptyRow(): BudgetRow {
  return { requests: 0, latencyNs: 0, partNs: noParts(), moved: 0, sharedNs: 0 };
}

function splitOf(latencyNs: number, parts: Partial<Record<Component, number>>): Record<Component, number> {
  const measured = { ...noParts(), ...parts };
  const sum = COMPONENTS.reduce((all, c) => (c === 'unexplained' ? all : all + measured[c]), 0);
  return { ...measured, unexplained: latencyNs - sum };
}
