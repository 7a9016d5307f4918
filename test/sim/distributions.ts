/** Latency of one request, in milliseconds, as the share of requests that take longer than `ms`. */
export type Distribution = { name: string; survival: (ms: number) => number };

/** Upper tail of the standard normal: erfc by its continued fraction and series (Abramowitz & Stegun 7.1.5, 7.1.14). */
export function normalSurvival(z: number): number {
  if (z < 0) return 1 - normalSurvival(-z);
  return z < 3 ? 0.5 - bySeries(z) : byFraction(z);
}

function bySeries(z: number): number {
  let [sum, term] = [z, z];
  for (let k = 1; Math.abs(term) > 1e-17 && k < 200; k++) {
    term *= (-z * z) / (2 * k);
    sum += term / (2 * k + 1);
  }
  return sum / Math.sqrt(2 * Math.PI);
}

function byFraction(z: number): number {
  let fraction = 0;
  for (let k = 60; k >= 1; k--) fraction = k / (z + fraction);
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI) / (z + fraction);
}

function lognormal(medianMs: number, sigma: number): (ms: number) => number {
  return (ms) => normalSurvival(Math.log(ms / medianMs) / sigma);
}

/** P99 is 3.2 times the median. */
export const LOGNORMAL: Distribution = { name: 'lognormal, sigma 0.5', survival: lognormal(2, 0.5) };

const HIT = lognormal(1, 0.3);
const MISS = lognormal(10, 0.3);
/** A cache that misses once in 20. */
export const BIMODAL: Distribution = {
  name: '95 % around 1 ms, 5 % around 10 ms, sigma 0.3 each',
  survival: (ms) => 0.95 * HIT(ms) + 0.05 * MISS(ms),
};

export const PARETO: Distribution = { name: 'Pareto, a = 2.5', survival: (ms) => Math.min(1, ms ** -2.5) };

const [LEAST_MS, MOST_MS] = [1e-3, 1e9];

/** The latency that a share `survival` of the requests exceeds, by bisection on its logarithm. */
export function inverse(distribution: Distribution, survival: number): number {
  let [low, high] = [Math.log(LEAST_MS), Math.log(MOST_MS)];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (distribution.survival(Math.exp(middle)) > survival) low = middle;
    else high = middle;
  }
  return Math.exp(high);
}
