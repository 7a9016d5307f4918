import type { Growth } from '../scrape/types.ts';
import { bucketHigh, bucketIndex, bucketLow, WAIT_BUCKETS } from './histogram.ts';
import type { Trimmed } from './trimmed.ts';

/** A pool's requests of about one second, as drift takes them. */
export type ScrapedSecond = { atNs: number; requests: number; tail: Trimmed };

/** Of the first bucket, which begins at 0: its requests are taken to lie within this factor below its bound. */
const FIRST_FACTOR = 4;
/** Longest time between two scrapes that is told in seconds: what came so late is no measurement of then. */
const SPAN_MAX_SECONDS = 3600;

/**
 * Seconds of what a pool's own histogram counted between two scrapes. The requests of a classic bucket are spread
 * evenly over the logarithm of the latency within its bounds, and over the seconds; those beyond the last bound lie at
 * it. Counts stay whole: what is left of a share goes to the next one, so that no request is lost or counted twice.
 */
export function scrapedSeconds({ fromNs, atNs, boundsSeconds, counts }: Growth): ScrapedSecond[] {
  const spanSeconds = (atNs - fromNs) / 1e9;
  if (!(spanSeconds > 0 && spanSeconds <= SPAN_MAX_SECONDS)) return [];
  const fine = new Float64Array(WAIT_BUCKETS);
  for (let i = 0; i < counts.length; i++) spread(fine, boundsOf(boundsSeconds, i), counts[i]!);
  const seconds = Math.max(1, Math.round(spanSeconds));
  return overSeconds(whole(fine), seconds).map((each, i) => ({
    ...each,
    atNs: fromNs + ((atNs - fromNs) * (i + 1)) / seconds,
  }));
}

/** Of a classic bucket, nanoseconds, within what the histogram holds. */
function boundsOf(bounds: readonly number[], i: number): [lowNs: number, highNs: number] {
  const last = (bounds.at(-2) ?? 0) * 1e9;
  const highNs = i === bounds.length - 1 ? last : Math.max(0, bounds[i]! * 1e9);
  const lowNs = i === 0 ? highNs / FIRST_FACTOR : Math.max(0, bounds[i - 1]! * 1e9);
  return [Math.max(lowNs, highNs / 1e6), highNs];
}

function spread(fine: Float64Array, [lowNs, highNs]: [number, number], count: number): void {
  if (count <= 0) return;
  const [first, last] = [bucketIndex(lowNs), bucketIndex(highNs)];
  const width = Math.log(highNs / lowNs);
  if (first === last || !(width > 0)) {
    fine[last]! += count;
    return;
  }
  for (let i = first; i <= last; i++) {
    const from = i === first ? lowNs : bucketLow(i);
    const to = i === last ? highNs : bucketHigh(i);
    fine[i]! += (count * Math.log(to / from)) / width;
  }
}

/** Whole counts that sum to the same. */
function whole(fine: Float64Array): Float64Array {
  let [sum, given] = [0, 0];
  return fine.map((share) => {
    sum += share;
    const count = Math.round(sum) - given;
    given += count;
    return count;
  });
}

/** Each bucket begins where the one before it left off, so that what is left of shares meets no second more often. */
function overSeconds(counts: Float64Array, seconds: number): Omit<ScrapedSecond, 'atNs'>[] {
  const low = Math.max(
    0,
    counts.findIndex((count) => count > 0),
  );
  const end = counts.findLastIndex((count) => count > 0) + 1;
  const result = Array.from({ length: seconds }, () => ({
    requests: 0,
    tail: { low, values: new Uint32Array(Math.max(0, end - low)) },
  }));
  let next = 0;
  for (let i = low; i < end; i++) {
    const each = Math.floor(counts[i]! / seconds);
    const left = counts[i]! - each * seconds;
    for (let second = 0; second < seconds; second++) {
      const extra = (second - next + seconds) % seconds < left ? 1 : 0;
      result[second]!.tail.values[i - low] = each + extra;
      result[second]!.requests += each + extra;
    }
    next = (next + left) % seconds;
  }
  return result;
}
