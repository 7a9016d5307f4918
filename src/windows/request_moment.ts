import { type BudgetRow, COMPONENTS, DOUBTS, type Doubt, type RequestSample } from '../decode/sample.ts';
import { total, WAIT_BUCKETS } from './histogram.ts';
import { noParts } from './tail.ts';
import { countsBetween, type Trimmed, trim, trimCounts, valueAt } from './trimmed.ts';

/** A pool's requests at one moment, as its window keeps them: about 6 KB where latencies span three decades. */
export type RequestMoment = {
  atNs: number;
  requests: number;
  first: Trimmed;
  last: Trimmed;
  /** Budget rows, FIELDS numbers each. */
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

/** Numbers of a packed row: requests, latencyNs, moved, sharedNs and the parts. */
const FIELDS = 4 + COMPONENTS.length;

export function requestMoment({ atNs, first, last, budget, doubted }: RequestSample): RequestMoment {
  const packed = new Float64Array(budget.length * FIELDS);
  for (const [i, row] of budget.entries()) if (row.requests > 0) packed.set(pack(row), i * FIELDS);
  const rows = trim(packed, FIELDS);
  return {
    atNs,
    requests: total(first),
    first: trimCounts(first),
    last: trimCounts(last),
    rows,
    doubted: { ...doubted },
  };
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
  for (let start = to.low; start < to.low + to.values.length; start += FIELDS) {
    if (valueAt(to, start) > valueAt(from, start))
      rows.push(
        unpack(Array.from({ length: FIELDS }, (_, field) => valueAt(to, start + field) - valueAt(from, start + field))),
      );
  }
  return rows;
}

function pack({ requests, latencyNs, moved, sharedNs, partNs }: BudgetRow): number[] {
  return [requests, latencyNs, moved, sharedNs, ...COMPONENTS.map((component) => partNs[component])];
}

function unpack([requests, latencyNs, moved, sharedNs, ...parts]: readonly number[]): BudgetRow {
  const partNs = noParts();
  for (const [i, component] of COMPONENTS.entries()) partNs[component] = parts[i]!;
  return { requests: requests!, latencyNs: latencyNs!, moved: moved!, sharedNs: sharedNs!, partNs };
}

/** True where a counter went back: the pool's index serves another pool now. */
export function requestsWentBack(from: RequestMoment, to: RequestMoment): boolean {
  if (to.requests < from.requests || DOUBTS.some((doubt) => to.doubted[doubt] < from.doubted[doubt])) return true;
  const { low, values } = from.rows;
  for (let i = 0; i < values.length; i += FIELDS) if (valueAt(to.rows, low + i) < values[i]!) return true;
  return false;
}
