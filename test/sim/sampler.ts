import { type Distribution, inverse } from './distributions.ts';
import type { Random } from './random.ts';

const BITS = 12;
const STEPS = 2 ** BITS;
const INSIDE = 2 ** (32 - BITS);

/**
 * Draws latencies of the slowest `share` of the requests: the inverse of the distribution as a table, straight lines
 * between its points. The slowest step has a table of its own; of that, the slowest step is exact.
 */
export class Sampler {
  readonly share: number;
  readonly #distribution: Distribution;
  readonly #all: Float64Array;
  readonly #slowest: Float64Array;

  constructor(distribution: Distribution, share: number) {
    this.share = share;
    this.#distribution = distribution;
    this.#all = tableOf(distribution, share);
    this.#slowest = tableOf(distribution, share / STEPS);
  }

  /** Milliseconds. */
  draw(random: Random): number {
    const bits = random.int32();
    return bits >>> (32 - BITS) > 0 ? between(this.#all, bits) : this.#slow(random);
  }

  #slow(random: Random): number {
    const bits = random.int32();
    if (bits >>> (32 - BITS) > 0) return between(this.#slowest, bits);
    return inverse(this.#distribution, (this.share * random.uniform()) / STEPS ** 2);
  }
}

function between(table: Float64Array, bits: number): number {
  const step = bits >>> (32 - BITS);
  const slower = table[step]!;
  return slower + (table[step + 1]! - slower) * ((bits & (INSIDE - 1)) / INSIDE);
}

/** Milliseconds that a share i / STEPS of `share` exceeds; the very ends are the middles of their steps. */
function tableOf(distribution: Distribution, share: number): Float64Array {
  const shares = Array.from({ length: STEPS + 1 }, (_, i) => Math.min(Math.max(i, 0.5), STEPS - 0.5) / STEPS);
  return Float64Array.from(shares, (each) => inverse(distribution, share * each));
}

const samplers = new Map<string, Sampler>();

/** Building one takes some 50 ms: kept. */
export function samplerOf(distribution: Distribution, share: number): Sampler {
  const key = `${distribution.name}/${share}`;
  const kept = samplers.get(key) ?? new Sampler(distribution, share);
  samplers.set(key, kept);
  return kept;
}
