import { type BudgetRow, COMPONENTS, DOUBTS, type Doubt, type RequestSample } from '../decode/sample.ts';
import { total, WAIT_BUCKETS } from './histogram.ts';
import { noParts } from './tail.ts';

/** Cumulative values from the first to the last that is not 0. */
type Trimmed = { low: number; values: Float64Array | Uint32Array };

/** A pool's requests at one moment, as its window keeps them: about 6 KB where latencies span three decades. */
export type RequestMoment = {
  atNs: number;
  requests: number;
  /** Modulo 2^32: half the memory, and a window's difference is exact all the same. */
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
  return { atNs, requests: total(first), first: wrapped(first), last: wrapped(last), rows, doubted: { ...doubted } };
}

/** Steps of `stride` values that are 0 at both ends are left out. */
function trim(values: Float64Array, stride: number): Trimmed {
  const step = (index: number) => index - (index % stride);
  const first = values.findIndex((value) => value !== 0);
  const low = first < 0 ? 0 : step(first);
  return {
    low,
    values: values.slice(low, first < 0 ? 0 : step(values.findLastIndex((value) => value !== 0)) + stride),
  };
}

function wrapped(counts: Float64Array): Trimmed {
  const { low, values } = trim(counts, 1);
  return { low, values: new Uint32Array(values) };
}

function at({ low, values }: Trimmed, index: number): number {
  return values[index - low] ?? 0;
}

export function requestsBetween(from: RequestMoment, to: RequestMoment): RequestSpan {
  const counts = (key: 'first' | 'last') =>
    Uint32Array.from({ length: WAIT_BUCKETS }, (_, i) => at(to[key], i) - at(from[key], i));
  const doubted = Object.fromEntries(DOUBTS.map((doubt) => [doubt, to.doubted[doubt] - from.doubted[doubt]]));
  return {
    durationNs: to.atNs - from.atNs,
    first: counts('first'),
    last: counts('last'),
    rows: rowsBetween(from.rows, to.rows),
    doubted: doubted as Record<Doubt, number>,
  };
}

function rowsBetween(from: Trimmed, to: Trimmed): BudgetRow[] {
  const rows: BudgetRow[] = [];
  for (let start = to.low; start < to.low + to.values.length; start += FIELDS) {
    if (at(to, start) > at(from, start))
      rows.push(unpack(Array.from({ length: FIELDS }, (_, field) => at(to, start + field) - at(from, start + field))));
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
  for (let i = 0; i < values.length; i += FIELDS) if (at(to.rows, low + i) < values[i]!) return true;
  return false;
}
