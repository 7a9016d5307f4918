import { type Family, SERIES_MAX } from './family.ts';
import { ScrapeFault } from './fault.ts';

/** Cumulative counts at the histogram's bounds; the sum is NaN where it is not known. */
export type Counts = { counts: Float64Array; sum: number };

/** A classic histogram by label set. Bounds ascend to +Infinity, in the unit of the metric. */
export type ClassicHistogram = { bounds: readonly number[]; series: ReadonlyMap<string, Counts> };

const NO_SERIES: ClassicHistogram = { bounds: [], series: new Map() };

/** No series where it was not sent, or only its TYPE: it has not counted yet. @throws ScrapeFault */
export function histogramOf(family: Family): ClassicHistogram {
  const { name, series, overfull } = family;
  if (overfull) throw new ScrapeFault(`${name} has more than ${SERIES_MAX} label sets`);
  refuseOthers(family);
  const [first] = series.values();
  if (!first) return NO_SERIES;
  const order = ascendingOrder(name, first.bounds);
  const bounds = order.map((i) => first.bounds[i]!);
  const sorted = new Map<string, Counts>();
  for (const [labels, raw] of series) {
    const own = sameBounds(raw.bounds, first.bounds) ? order : ascendingOrder(name, raw.bounds);
    if (own !== order && own.some((place, i) => raw.bounds[place] !== bounds[i]))
      fail(`${name} has not the same buckets in all its label sets: they cannot be summed`);
    sorted.set(labels, { counts: countsIn(own, raw.counts, name), sum: raw.sum });
  }
  return { bounds, series: sorted };
}

function fail(message: string): never {
  throw new ScrapeFault(message);
}

function refuseOthers({ name, type, value }: Family): void {
  if (type !== null && !['histogram', 'untyped', 'unknown'].includes(type))
    fail(`${name} is a ${type}, not a histogram`);
  if (value === null) return;
  if (name.endsWith('_bucket')) fail(`${name} is no histogram: leave _bucket out of its name`);
  fail(`${name} is no histogram`);
}

/** The places of its buckets by ascending bound; refuses what cannot be a histogram. */
function ascendingOrder(name: string, bounds: readonly number[]): number[] {
  if (bounds.length === 0) fail(`${name} has no buckets`);
  if (bounds.some(Number.isNaN)) fail(`${name} has a bucket without a number for le`);
  const order = [...bounds.keys()].sort((a, b) => Math.sign(bounds[a]! - bounds[b]!) || 0); // Inf - Inf is NaN
  if (bounds[order.at(-1)!] !== Number.POSITIVE_INFINITY) fail(`${name} has no bucket le="+Inf"`);
  if (order.length === 1)
    fail(`${name} has only the bucket le="+Inf": give it classic buckets (native ones are not read)`);
  if (order.some((place, i) => bounds[place] === bounds[order[i + 1]!])) fail(`${name} has the same bucket twice`);
  return order;
}

/** Thousands of label sets come at once: plain loops. */
function countsIn(order: readonly number[], sent: readonly number[], name: string): Float64Array {
  const counts = new Float64Array(order.length);
  for (let i = 0; i < counts.length; i++) {
    const count = sent[order[i]!]!;
    if (!(count >= 0 && count < Number.POSITIVE_INFINITY)) fail(`${name} counts ${count} in a bucket`);
    counts[i] = count;
  }
  return counts;
}

export function sameBounds(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
