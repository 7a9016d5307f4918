import { BUDGET_BUCKETS } from '../decode/request_counts.ts';
import type { BudgetRow } from '../decode/sample.ts';
import { bucketIndex } from './histogram.ts';
import { ROW_FIELDS, unpackRow } from './request_moment.ts';
import { RATES, type SignalRates } from './signals.ts';
import { type Trimmed, valueAt } from './trimmed.ts';

/** Rows of the slowest tenth that are kept apart; the rest stands in one. */
const ROWS_MAX = 16;
const KEPT_OF = 10;
/** Wait buckets of one budget row. */
const BUCKETS_A_ROW_LOG2 = 3;

/** What a pool did in some time: about 1 KB. */
export type Slice = {
  /** CLOCK_MONOTONIC. */
  untilNs: number;
  seconds: number;
  /** ROW_FIELDS numbers each, ascending by latency; the first may stand for all faster ones. */
  rows: Float32Array;
  /** RATES.length; NaN: not known. */
  rates: Float32Array;
};

/** Sums by budget bucket, written over by each call below: this is done for each pool each interval. */
const TABLE = new Float64Array(BUDGET_BUCKETS * ROW_FIELDS);

/** Whether a cumulative row has fewer requests than before. */
export function rowsWentBack(from: Trimmed, to: Trimmed): boolean {
  for (let at = from.low; at < from.low + from.values.length; at += ROW_FIELDS)
    if (valueAt(to, at) < valueAt(from, at)) return true;
  return false;
}

/** What cumulative rows have grown by, from one moment to another. */
export function grownRows(from: Trimmed, to: Trimmed): Float32Array {
  TABLE.fill(0);
  for (let at = to.low; at < to.low + to.values.length; at += ROW_FIELDS) {
    if (valueAt(to, at) === valueAt(from, at)) continue;
    for (let field = at; field < at + ROW_FIELDS; field++) TABLE[field] = valueAt(to, field) - valueAt(from, field);
  }
  return condensed();
}

export function packRates(rates: SignalRates | null): Float32Array {
  const values = new Float32Array(RATES.length);
  for (let i = 0; i < values.length; i++) values[i] = rates?.[RATES[i]!] ?? Number.NaN;
  return values;
}

export function merged(a: Slice, b: Slice): Slice {
  sumRows([a, b]);
  return {
    untilNs: Math.max(a.untilNs, b.untilNs),
    seconds: a.seconds + b.seconds,
    rows: condensed(),
    rates: meanRates([a, b]),
  };
}

/** The rows of all slices together, by bucket, ascending. */
export function rowsOf(slices: readonly Slice[]): BudgetRow[] {
  sumRows(slices);
  const rows: BudgetRow[] = [];
  for (let at = 0; at < TABLE.length; at += ROW_FIELDS)
    if (TABLE[at]! > 0) rows.push(unpackRow((field) => TABLE[at + field]!));
  return rows;
}

function sumRows(slices: readonly Slice[]): void {
  TABLE.fill(0);
  for (const { rows } of slices) {
    for (let from = 0; from < rows.length; from += ROW_FIELDS) {
      const meanNs = Math.floor(rows[from + 1]! / rows[from]!);
      const into = (bucketIndex(meanNs) >> BUCKETS_A_ROW_LOG2) * ROW_FIELDS;
      for (let field = 0; field < ROW_FIELDS; field++) TABLE[into + field]! += rows[from + field]!;
    }
  }
}

/** Of TABLE: the slowest tenth by bucket, all others in one row before them. */
function condensed(): Float32Array {
  let requests = 0;
  for (let at = 0; at < TABLE.length; at += ROW_FIELDS) requests += TABLE[at]!;
  const kept: number[] = [];
  let [at, above] = [TABLE.length - ROW_FIELDS, 0];
  for (; at >= 0 && above < requests / KEPT_OF && kept.length < ROWS_MAX; at -= ROW_FIELDS) {
    above += TABLE[at]!;
    if (TABLE[at]! > 0) kept.push(at);
  }
  const rest = above < requests ? 1 : 0;
  const rows = new Float32Array((kept.length + rest) * ROW_FIELDS);
  for (const [i, from] of kept.reverse().entries())
    rows.set(TABLE.subarray(from, from + ROW_FIELDS), (i + rest) * ROW_FIELDS);
  for (; at >= 0; at -= ROW_FIELDS)
    if (TABLE[at]! > 0) for (let field = 0; field < ROW_FIELDS; field++) rows[field]! += TABLE[at + field]!;
  return rows;
}

/** Each over the time for which it is known. */
export function meanRates(slices: readonly Slice[]): Float32Array {
  const means = new Float32Array(RATES.length);
  for (let i = 0; i < means.length; i++) {
    let [sum, seconds] = [0, 0];
    for (const slice of slices) {
      if (Number.isNaN(slice.rates[i]!)) continue;
      sum += slice.rates[i]! * slice.seconds;
      seconds += slice.seconds;
    }
    means[i] = seconds === 0 ? Number.NaN : sum / seconds;
  }
  return means;
}

export function namedRates(values: Float32Array, seconds: number): SignalRates {
  const named = RATES.map((rate, i) => [rate, Number.isNaN(values[i]!) ? null : values[i]!]);
  return { seconds, ...Object.fromEntries(named) } as SignalRates;
}
