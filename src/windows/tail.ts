import { type BudgetRow, COMPONENTS, type Component } from '../decode/sample.ts';

/** One request in so many is in the tail. */
const TAIL_OF = 100;
/** Clocks of softirq and worker differ by less than this: a smaller overlap of the parts is noise. */
const CLOCK_NOISE_NS = 1000;

/** The slowest 1 % of a window's requests, on average. Times in nanoseconds. */
export type TailBudget = {
  /** How many there are: 1 % rounded up, so one at least. */
  requests: number;
  meanNs: number;
  /** Sums to `meanNs`. */
  partNs: Record<Component, number>;
  /** On-CPU time that may be other requests', of one worker that served several at once. */
  sharedNs: number;
};

type Sums = { latencyNs: number; sharedNs: number; partNs: Record<Component, number> };

/**
 * The mean of the slowest 1 %, split. `rows` ascend by latency. The row on the boundary counts in proportion, at its
 * own mean: the buckets are 4 an octave, so the mean may err by the spread of that one bucket. Null without a request.
 */
export function tailBudget(rows: readonly BudgetRow[]): TailBudget | null {
  const requests = Math.ceil(rows.reduce((all, row) => all + row.requests, 0) / TAIL_OF);
  if (requests === 0) return null;
  const sums: Sums = { latencyNs: 0, sharedNs: 0, partNs: noParts() };
  let left = requests;
  for (let i = rows.length - 1; left > 0; i--) {
    const taken = Math.min(left, rows[i]!.requests);
    if (taken > 0) addShare(sums, rows[i]!, taken / rows[i]!.requests);
    left -= taken;
  }
  return meanOf(sums, requests);
}

const NO_PARTS = Object.fromEntries(COMPONENTS.map((component) => [component, 0])) as Record<Component, number>;

export function noParts(): Record<Component, number> {
  return { ...NO_PARTS };
}

function addShare(sums: Sums, row: BudgetRow, share: number): void {
  sums.latencyNs += share * row.latencyNs;
  sums.sharedNs += share * row.sharedNs;
  for (const component of COMPONENTS) sums.partNs[component] += share * row.partNs[component];
}

/**
 * `unexplained` is what the measured parts leave of the latency. Where they exceed it by less than 1 us a request, that
 * is the clocks' noise: the parts are scaled down to the latency and `unexplained` is 0. A larger excess stays to be
 * seen, below 0. In each case the parts sum to the mean.
 */
function meanOf({ latencyNs, sharedNs, partNs }: Sums, requests: number): TailBudget {
  const measuredNs = COMPONENTS.reduce((sum, c) => (c === 'unexplained' ? sum : sum + partNs[c]), 0);
  const restNs = latencyNs - measuredNs;
  const noise = restNs < 0 && restNs > -CLOCK_NOISE_NS * requests;
  const scale = (noise ? latencyNs / measuredNs : 1) / requests;
  const parts = noParts();
  for (const component of COMPONENTS) parts[component] = partNs[component] * scale;
  parts.unexplained = noise ? 0 : restNs / requests;
  return { requests, meanNs: latencyNs / requests, partNs: parts, sharedNs: sharedNs * scale };
}

/** Of all requests; nanoseconds; null without one. */
export function meanParts(rows: readonly BudgetRow[]): Record<Component, number> | null {
  if (rows.length === 0) return null;
  const { requests, partNs } = rows.reduce(sumOf);
  const parts = noParts();
  for (const component of COMPONENTS) parts[component] = partNs[component] / requests;
  return parts;
}

export function sumOf(a: BudgetRow, b: BudgetRow): BudgetRow {
  const partNs = noParts();
  for (const component of COMPONENTS) partNs[component] = a.partNs[component] + b.partNs[component];
  return {
    requests: a.requests + b.requests,
    latencyNs: a.latencyNs + b.latencyNs,
    moved: a.moved + b.moved,
    sharedNs: a.sharedNs + b.sharedNs,
    partNs,
  };
}
