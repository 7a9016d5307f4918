import { WAIT_BUCKETS } from '../decode/wait_counts.ts';
import { total } from './histogram.ts';
import { countsBetween, type Trimmed } from './trimmed.ts';

const TAIL_SHARE = 0.01;
/** Fewer spans, or fewer slow requests in them, tell nothing. */
const SPANS_MIN = 5;
const SLOW_MIN = 5;
const Z95 = 1.96;

/**
 * How many times the binomial's variance the number of slow requests has from one moment to the next; 1 at least. It
 * is enlarged for being estimated from so few spans, as Student's distribution is wider than the normal. `counts`: of
 * the whole window, by bucket.
 */
export function tailDispersion(moments: readonly { first: Trimmed }[], counts: ArrayLike<number>): number {
  const spans = moments.length - 1;
  const edge = firstOfTail(counts);
  const slow = sumFrom(counts, edge);
  const share = slow / total(counts);
  if (spans < SPANS_MIN || slow < SLOW_MIN || share === 1) return 1;
  let squares = 0;
  for (let i = 0; i < spans; i++) {
    const between = countsBetween(moments[i]!.first, moments[i + 1]!.first, WAIT_BUCKETS);
    const requests = total(between);
    const off = sumFrom(between, edge) - share * requests;
    if (requests > 0) squares += (off * off) / (requests * share * (1 - share));
  }
  return Math.max(1, (squares / (spans - 1)) * wider(spans - 1));
}

/** (Student's 97.5 % quantile over the normal's) squared, within 2 % from 4 degrees of freedom on. */
function wider(degrees: number): number {
  return ((Z95 + 2.4 / degrees + 3 / (degrees * degrees)) / Z95) ** 2;
}

/** The lowest bucket of the slowest 1 %, whole buckets. */
function firstOfTail(counts: ArrayLike<number>): number {
  const wanted = TAIL_SHARE * total(counts);
  let [bucket, sum] = [counts.length, 0];
  while (bucket > 0 && sum < wanted) sum += counts[--bucket]!;
  return bucket;
}

function sumFrom(counts: ArrayLike<number>, bucket: number): number {
  let sum = 0;
  for (let i = bucket; i < counts.length; i++) sum += counts[i]!;
  return sum;
}
