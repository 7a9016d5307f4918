import { type BudgetRow, COMPONENTS, DOUBTS, type Doubt, type RequestSample } from '../decode/sample.ts';
import { total, WAIT_BUCKETS } from './histogram.ts';
import { noParts } from './tail.ts';
import { countsBetween, type Trimmed, trimCounts, valueAt } from './trimmed.ts';

/** A pool's requests at one moment, as its window keeps them: about 6 KB where latencies span three decades. */
export type RequestMoment = {
  atNs: number;
  requests: number;
  first: Trimmed;
  last: Trimmed;
  /** Budget rows, ROW_FIELDS numbers each. */
  rows: Trimmed;
  doubted: Record<Doubt, number>;
};

/** What happened between two moments. */
export type RequestSpan = {
  durationNs: number;
  first: Uint32Array;
  last: Uint32Array;
  /** Those that gained requests, ascending by latency. */
  rows: BudgetRow[];
  doubted: Record<Doubt, number>;
};

/** Numbers of a packed row: requests, latencyNs, moved, sharedNs, then the parts. */
const PARTS = 4;
export const ROW_FIELDS = PARTS + COMPONENTS.length;

export function requestMoment({ atNs, first, last, budget, doubted }: RequestSample): RequestMoment {
  return {
    atNs,
    requests: total(first),
    first: trimCounts(first),
    last: trimCounts(last),
    rows: packRows(budget),
    doubted: { ...doubted },
  };
}

/** From the first to the last row that holds a request. */
export function packRows(budget: readonly BudgetRow[]): Trimmed {
  const low = budget.findIndex(({ requests }) => requests > 0);
  if (low < 0) return { low: 0, values: new Float64Array(0) };
  const end = budget.findLastIndex(({ requests }) => requests > 0) + 1;
  const values = new Float64Array((end - low) * ROW_FIELDS);
  for (let i = low; i < end; i++) packRow(budget[i]!, values, (i - low) * ROW_FIELDS);
  return { low: low * ROW_FIELDS, values };
}

export function requestsBetween(from: RequestMoment, to: RequestMoment): RequestSpan {
  const doubted = Object.fromEntries(DOUBTS.map((doubt) => [doubt, to.doubted[doubt] - from.doubted[doubt]]));
  return {
    durationNs: to.atNs - from.atNs,
    first: countsBetween(from.first, to.first, WAIT_BUCKETS),
    last: countsBetween(from.last, to.last, WAIT_BUCKETS),
    rows: rowsBetween(from.rows, to.rows),
    doubted: doubted as Record<Doubt, number>,
  };
}

function rowsBetween(from: Trimmed, to: Trimmed): BudgetRow[] {
  const rows: BudgetRow[] = [];
  for (let start = to.low; start < to.low + to.values.length; start += ROW_FIELDS) {
    if (valueAt(to, start) > valueAt(from, start))
      rows.push(unpackRow((field) => valueAt(to, start + field) - valueAt(from, start + field)));
  }
  return rows;
}

export function packRow(
  { requests, latencyNs, moved, sharedNs, partNs }: BudgetRow,
  into: Float64Array | Float32Array,
  at: number,
): void {
  into[at] = requests;
  into[at + 1] = latencyNs;
  into[at + 2] = moved;
  into[at + 3] = sharedNs;
  for (let i = 0; i < COMPONENTS.length; i++) into[at + PARTS + i] = partNs[COMPONENTS[i]!];
}

export function unpackRow(field: (index: number) => number): BudgetRow {
  const partNs = noParts();
  for (let i = 0; i < COMPONENTS.length; i++) partNs[COMPONENTS[i]!] = field(PARTS + i);
  return { requests: field(0), latencyNs: field(1), moved: field(2), sharedNs: field(3), partNs };
}

/** True where a counter went back: the pool's index serves another pool now. */
export function requestsWentBack(from: RequestMoment, to: RequestMoment): boolean {
  if (to.requests < from.requests || DOUBTS.some((doubt) => to.doubted[doubt] < from.doubted[doubt])) return true;
  const { low, values } = from.rows;
  for (let i = 0; i < values.length; i += ROW_FIELDS) if (valueAt(to.rows, low + i) < values[i]!) return true;
  return false;
}
