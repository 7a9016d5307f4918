import type { Random } from './random.ts';

const GUIDES = 256;
/** Above it a rounded normal. */
export const EXACT_MAX = 400;

/** Numbers of a Poisson distribution: its cumulative probabilities, and where to begin in them. */
export class Poisson {
  readonly #mean: number;
  readonly #cumulative: Float64Array;
  readonly #guides: Uint16Array;

  constructor(mean: number, exactMax = EXACT_MAX) {
    this.#mean = mean;
    this.#cumulative = mean > exactMax ? new Float64Array(0) : cumulative(mean);
    this.#guides = Uint16Array.from({ length: GUIDES }, (_, i) => firstAbove(this.#cumulative, i / GUIDES));
  }

  draw(random: Random): number {
    if (this.#cumulative.length === 0) {
      return Math.max(0, Math.round(this.#mean + Math.sqrt(this.#mean) * random.normal()));
    }
    const bits = random.int32();
    const u = (bits >>> 0) / 2 ** 32;
    let count = this.#guides[bits >>> 24]!;
    while (this.#cumulative[count]! <= u) count++;
    return count;
  }
}

/** P(X <= 0), P(X <= 1), ... up to what 32 bits can tell from 1; the last one is beyond 1. */
function cumulative(mean: number): Float64Array {
  const values: number[] = [];
  let [sum, term] = [0, Math.exp(-mean)];
  for (let k = 1; k <= mean || 1 - sum > 2 ** -33; k++) {
    sum += term;
    values.push(sum);
    term *= mean / k;
    if (k > mean && term < 1e-18) break;
  }
  values.push(2);
  return Float64Array.from(values);
}

function firstAbove(values: Float64Array, u: number): number {
  const index = values.findIndex((value) => value > u);
  return Math.max(index, 0);
}
