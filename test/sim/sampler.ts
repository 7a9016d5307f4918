import { type Distribution, inverse } from './distributions.ts';
import type { Random } from './random.ts';

const BITS = 12;
const STEPS = 2 ** BITS;
/** Of the steps of equal share, so many slowest ones are drawn on a finer scale. */
export const FINE_STEPS = 32;

/**
 * Draws latencies of the slowest `share` of the requests. All but the slowest of these are drawn as one of some 4,000
 * points of equal share, far closer to each other than the histogram's buckets; the others by straight lines between
 * as many points of their own, and the slowest of those exactly.
 */
export class Sampler {
  readonly share: number;
  /** Milliseconds, slowest first: the middle of each step. Those below FINE_STEPS are not to be used. */
  readonly points: Float64Array;
  readonly #distribution: Distribution;
  readonly #fineShare: number;
  readonly #fine: Float64Array;

  constructor(distribution: Distribution, share: number) {
    this.share = share;
    this.#distribution = distribution;
    this.points = Float64Array.from({ length: STEPS }, (_, i) => inverse(distribution, (share * (i + 0.5)) / STEPS));
    this.#fineShare = (share * FINE_STEPS) / STEPS;
    const ends = Array.from({ length: STEPS + 1 }, (_, i) => (this.#fineShare * Math.max(i, 1)) / STEPS);
    this.#fine = Float64Array.from(ends, (each) => inverse(distribution, each));
  }

  /** Milliseconds, of all the share. */
  draw(random: Random): number {
    const step = random.int32() >>> (32 - BITS);
    return step < FINE_STEPS ? this.slowest(random) : this.points[step]!;
  }

  /** Milliseconds, of its slowest FINE_STEPS. */
  slowest(random: Random): number {
    const place = random.uniform() * STEPS;
    const step = Math.floor(place);
    if (step === 0) return inverse(this.#distribution, (this.#fineShare * random.uniform()) / STEPS);
    const slower = this.#fine[step]!;
    return slower + (this.#fine[step + 1]! - slower) * (place - step);
  }
}

const samplers = new Map<string, Sampler>();

/** Building one takes some 50 ms: kept. */
export function samplerOf(distribution: Distribution, share: number): Sampler {
  const key = `${distribution.name}/${share}`;
  const kept = samplers.get(key) ?? new Sampler(distribution, share);
  samplers.set(key, kept);
  return kept;
}
