import { bucketHigh, bucketIndex, bucketLow, WAIT_BUCKETS } from '../windows/histogram.ts';

/** A latency inside the histogram: its bucket, and the share of that bucket which lies above it. */
export type Edge = { bucket: number; share: number };

/** Requests of one bucket are taken as spread evenly over it: a bucket alone is as wide as half of a 1.05x drift. */
export function edgeAt(ns: number): Edge {
  if (ns >= bucketHigh(WAIT_BUCKETS - 1)) return { bucket: WAIT_BUCKETS - 1, share: 0 };
  const bucket = bucketIndex(ns);
  const high = bucketHigh(bucket);
  return { bucket, share: Math.min(1, (high - ns) / (high - bucketLow(bucket))) };
}

/**
 * The latency that `share` of `requests` exceed, in nanoseconds; the lowest counted one where the counts do not reach
 * down to it; null where nothing was counted.
 */
export function latencyExceededBy(share: number, requests: number, counts: Float64Array): number | null {
  const wanted = share * requests;
  let [above, lowest] = [0, -1];
  for (let i = counts.length - 1; i >= 0; i--) {
    const count = counts[i]!;
    if (count <= 0) continue;
    if (above + count >= wanted) return bucketHigh(i) - ((wanted - above) / count) * (bucketHigh(i) - bucketLow(i));
    above += count;
    lowest = i;
  }
  return lowest < 0 ? null : bucketLow(lowest);
}
