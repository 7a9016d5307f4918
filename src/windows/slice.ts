import type { BudgetRow } from '../decode/sample.ts';
import { bucketIndex } from './histogram.ts';
import { packRow, ROW_FIELDS, unpackRow } from './request_moment.ts';
import { RATES, type SignalRates } from './signals.ts';
import { sumOf } from './tail.ts';

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

export function sliceOf(
  untilNs: number,
  seconds: number,
  rows: readonly BudgetRow[],
  rates: SignalRates | null,
): Slice {
  const values = Float32Array.from(RATES, (rate) => rates?.[rate] ?? Number.NaN);
  return { untilNs, seconds, rows: packRows(condensed(rows)), rates: values };
}

export function merged(a: Slice, b: Slice): Slice {
  return {
    untilNs: Math.max(a.untilNs, b.untilNs),
    seconds: a.seconds + b.seconds,
    rows: packRows(condensed([...rowsOf(a), ...rowsOf(b)])),
    rates: meanRates([a, b]),
  };
}

export function rowsOf({ rows }: Slice): BudgetRow[] {
  const count = rows.length / ROW_FIELDS;
  return Array.from({ length: count }, (_, row) => unpackRow((field) => rows[row * ROW_FIELDS + field]!));
}

/** Each over the time for which it is known. */
export function meanRates(slices: readonly Slice[]): Float32Array {
  return Float32Array.from(RATES, (_, i) => {
    let [sum, seconds] = [0, 0];
    for (const slice of slices) {
      if (Number.isNaN(slice.rates[i]!)) continue;
      sum += slice.rates[i]! * slice.seconds;
      seconds += slice.seconds;
    }
    return seconds === 0 ? Number.NaN : sum / seconds;
  });
}

export function namedRates(values: Float32Array, seconds: number): SignalRates {
  const named = RATES.map((rate, i) => [rate, Number.isNaN(values[i]!) ? null : values[i]!]);
  return { seconds, ...Object.fromEntries(named) } as SignalRates;
}

/** By bucket, ascending; all but the slowest tenth in one row. */
function condensed(rows: readonly BudgetRow[]): BudgetRow[] {
  const sorted = byBucket(rows);
  const requests = sorted.reduce((sum, row) => sum + row.requests, 0);
  let [from, above] = [sorted.length, 0];
  while (from > 0 && above < requests / KEPT_OF && sorted.length - from < ROWS_MAX) above += sorted[--from]!.requests;
  const rest = sorted.slice(0, from);
  return from === 0 ? sorted : [rest.reduce(sumOf), ...sorted.slice(from)];
}

function byBucket(rows: readonly BudgetRow[]): BudgetRow[] {
  const buckets = new Map<number, BudgetRow>();
  for (const row of rows) {
    if (row.requests <= 0) continue;
    const bucket = bucketIndex(Math.floor(row.latencyNs / row.requests)) >> BUCKETS_A_ROW_LOG2;
    const known = buckets.get(bucket);
    buckets.set(bucket, known === undefined ? row : sumOf(known, row));
  }
  return [...buckets].sort(([a], [b]) => a - b).map(([, row]) => row);
}

function packRows(rows: readonly BudgetRow[]): Float32Array {
  const values = new Float32Array(rows.length * ROW_FIELDS);
  for (const [i, row] of rows.entries()) packRow(row, values, i * ROW_FIELDS);
  return values;
}
