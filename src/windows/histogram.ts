import { WAIT_BUCKETS } from '../decode/wait_counts.ts';

export { WAIT_BUCKETS };

/**
 * Arithmetic of the log-linear wait histogram of bpf/sched.bpf.c: 32 sub-buckets an octave, from 1,024 ns to 2^36 ns.
 *
 * Stated error: quantile() is within 1/65 (1.54 %) of a wait that really occurred and has the asked rank, for waits of
 * 1,024 ns to 2^36 ns (68.7 s). A shorter wait counts as 1,024 ns, a longer one as the last bucket.
 */
const SUB_BITS = 5;
const FIRST_OCTAVE = 10;
const MIN_NS = 2 ** FIRST_OCTAVE;

/** Bucket of a wait. Nanoseconds, an integer. Above 2^31 a JavaScript shift would wrap: divisions instead. */
export function bucketIndex(waitNs: number): number {
  const ns = Math.max(waitNs, MIN_NS);
  const octave = floorLog2(ns) - FIRST_OCTAVE;
  const sub = Math.floor(ns / 2 ** (octave + FIRST_OCTAVE - SUB_BITS)) % 32;
  return Math.min(octave * 32 + sub, WAIT_BUCKETS - 1);
}

/** Exact for integers up to 2^53; Math.log2 alone rounds up just below a power of two. */
function floorLog2(value: number): number {
  const guess = Math.floor(Math.log2(value));
  return 2 ** guess > value ? guess - 1 : guess;
}

/** Least wait of a bucket, nanoseconds. Bucket 0 also holds everything shorter. */
export function bucketLow(index: number): number {
  return bucketWidth(index) * (32 + (index % 32));
}

/** First wait, in nanoseconds, that lies beyond the bucket. */
export function bucketHigh(index: number): number {
  return bucketLow(index) + bucketWidth(index);
}

function bucketWidth(index: number): number {
  return 2 ** (Math.floor(index / 32) + FIRST_OCTAVE - SUB_BITS);
}

/**
 * The harmonic mean of the bounds has one relative error at both ends, (high - low) / (high + low): 1/65 at most.
 * The arithmetic middle would err by 1/64 at the low end.
 */
function representative(index: number): number {
  const low = bucketLow(index);
  const high = bucketHigh(index);
  return (2 * low * high) / (low + high);
}

const REPRESENTATIVE_NS = Float64Array.from({ length: WAIT_BUCKETS }, (_, index) => representative(index));

export function total(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i]!;
  return sum;
}

/**
 * The wait of rank ceil(q x n) in ascending order (nearest rank), in nanoseconds; null where nothing was counted.
 * `q` in 0 .. 1.
 */
export function quantile(counts: ArrayLike<number>, q: number): number | null {
  const all = total(counts);
  return all === 0 ? null : atRank(counts, q * all, all);
}

/** 95 % of a normal distribution lie within this many standard deviations. */
const Z95 = 1.96;
/** What its third moment adds to a skewed one's (Cornish and Fisher), in skewnesses. */
const SKEW95 = (Z95 * Z95 - 1) / 6;

/**
 * The 95 % confidence interval of a quantile from order statistics, nanoseconds (Conover, Practical Nonparametric
 * Statistics, 3.2): the number of waits above the true quantile is binomial, taken as normal with its skewness and half
 * a count on either side. The upper end is null where the waits are too few to hold one: below some 370 of them for a
 * P99. `dispersion`: the variance of that number over the binomial's, where slow waits come together.
 */
export function quantileInterval(
  counts: ArrayLike<number>,
  q: number,
  dispersion = 1,
): [lowNs: number, highNs: number | null] | null {
  const all = total(counts);
  if (all === 0) return null;
  const above = all * (1 - q) + SKEW95 * dispersion * (2 * q - 1);
  const reach = Z95 * Math.sqrt(all * q * (1 - q) * dispersion) + dispersion / 2;
  const [most, least] = [Math.ceil(above + reach), Math.floor(above - reach) + 1];
  return [atRank(counts, all + 1 - most, all), least < 1 ? null : atRank(counts, all + 1 - least, all)];
}

/** The wait of the next whole rank, within 1 .. `all`. */
function atRank(counts: ArrayLike<number>, rank: number, all: number): number {
  let left = Math.min(Math.max(1, Math.ceil(rank)), all);
  for (let i = 0; i < counts.length; i++) {
    left -= counts[i]!;
    if (left <= 0) return REPRESENTATIVE_NS[i]!;
  }
  return REPRESENTATIVE_NS[WAIT_BUCKETS - 1]!;
}

/** Bounds of the classic histogram: 1-2-5 from 1 us to 50 s, nanoseconds. */
export const CLASSIC_BOUNDS_NS: readonly number[] = Array.from(
  { length: 24 },
  (_, i) => [1, 2, 5][i % 3]! * 10 ** (3 + Math.floor(i / 3)),
);

/**
 * Each bucket belongs whole to one classic bound, for ever: a share of a bucket that straddles a bound would let a
 * counter go back. So the bound that is really used is the bucket's edge nearest to it, within 1.6 %; the first one is
 * 1,056 ns, because bucket 0 holds all that is shorter.
 */
const CLASSIC_OF_BUCKET = Uint8Array.from({ length: WAIT_BUCKETS }, (_, index) => {
  const bound = CLASSIC_BOUNDS_NS.findIndex((boundNs) => REPRESENTATIVE_NS[index]! <= boundNs);
  return index === 0 ? 0 : bound < 0 ? CLASSIC_BOUNDS_NS.length : bound;
});

/** Cumulative counts at CLASSIC_BOUNDS_NS, then at +Inf. Integers; they never go back while `counts` does not. */
export function cumulative(counts: ArrayLike<number>): number[] {
  const result = new Array<number>(CLASSIC_BOUNDS_NS.length + 1).fill(0);
  for (let i = 0; i < counts.length; i++) result[CLASSIC_OF_BUCKET[i]!]! += counts[i]!;
  for (let i = 1; i < result.length; i++) result[i]! += result[i - 1]!;
  return result;
}
