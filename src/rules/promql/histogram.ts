import type { Labels } from '../labels.ts';
import type { Sample } from './sample.ts';

type Bucket = { bound: number; count: number };

const LE = ['le'];

/** Counts whose relative difference is smaller come from rounding. */
const SAME_COUNT = 1e-12;

/** Of classic histograms, a series a bucket; series without a proper `le` are left out. */
export function histogramQuantile(q: number, samples: readonly Sample[]): Sample[] {
  const groups = new Map<string, { labels: Labels; buckets: Bucket[] }>();
  for (const { labels, value } of samples) {
    const bound = boundOf(labels.get('le'));
    if (bound === null) continue;
    const rest = labels.withoutName().without(LE);
    const group = groups.get(rest.text) ?? { labels: rest, buckets: [] };
    group.buckets.push({ bound, count: value });
    groups.set(rest.text, group);
  }
  return [...groups.values()].map(({ labels, buckets }) => ({ labels, value: bucketQuantile(q, buckets) }));
}

/** As Go reads a number. */
function boundOf(text: string): number | null {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null;
}

/** `count` counts all up to the bound. NaN where there is nothing to say. */
export function bucketQuantile(q: number, unsorted: readonly Bucket[]): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const buckets = rising(joined(unsorted));
  const last = buckets.length - 1;
  const all = buckets[last]!.count;
  if (buckets[last]!.bound !== Number.POSITIVE_INFINITY || last < 1 || all === 0) return Number.NaN;
  const rank = q * all;
  const at = buckets.findIndex(({ count }, i) => i === last || count >= rank);
  const { bound, count } = buckets[at]!;
  if (at === last) return buckets[last - 1]!.bound;
  if (at === 0) return bound <= 0 ? bound : bound * (rank / count);
  const below = buckets[at - 1]!;
  return below.bound + (bound - below.bound) * ((rank - below.count) / (count - below.count));
}

/** By bound; those of one bound are one. */
function joined(unsorted: readonly Bucket[]): Bucket[] {
  const buckets: Bucket[] = [];
  for (const { bound, count } of unsorted.toSorted((a, b) => (a.bound < b.bound ? -1 : a.bound > b.bound ? 1 : 0))) {
    const before = buckets.at(-1);
    if (before?.bound === bound) before.count += count;
    else buckets.push({ bound, count });
  }
  return buckets;
}

/** Counts never fall; what falls, or rises by rounding only, is as the one before. */
function rising(buckets: Bucket[]): Bucket[] {
  let before = buckets[0]!.count;
  for (const bucket of buckets) {
    const { count } = bucket;
    if (count < before || Math.abs(count - before) < SAME_COUNT * (Math.abs(count) + Math.abs(before)))
      bucket.count = before;
    else before = count;
  }
  return buckets;
}
