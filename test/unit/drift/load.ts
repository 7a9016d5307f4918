import type { Second } from '../../../src/drift/types.ts';
import { bucketIndex, WAIT_BUCKETS } from '../../../src/windows/histogram.ts';

/** sfc32: small, fast, and the same each time. */
export function seeded(seed: number): () => number {
  let [a, b, c, counter] = [seed | 0, 0x9e3779b9, 0x243f6a88, 1];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 20; i++) next();
  return next;
}

export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function poisson(mean: number, random: () => number): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  let [count, product] = [0, random()];
  for (const floor = Math.exp(-mean); product > floor; count++) product *= random();
  return count;
}

/** Latencies of a log-normal pool by quantile: 5 ms in the middle, a P99 of 16 ms. */
const MEDIAN_NS = 5e6;
const SIGMA = 0.5;
const STEPS = 4096;
const BODY_SHARE = 0.9;
const slowest = Float64Array.from({ length: STEPS }, (_, i) => {
  const quantile = BODY_SHARE + ((1 - BODY_SHARE) * (i + 0.5)) / STEPS;
  return MEDIAN_NS * Math.exp(SIGMA * probit(quantile));
});

/** The normal distribution's inverse, by bisection. */
function probit(quantile: number): number {
  let [low, high] = [-8, 8];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (phi(middle) < quantile) low = middle;
    else high = middle;
  }
  return low;
}

function phi(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = Math.exp((-z * z) / 2) * 0.3989422804014327 * series;
  return z > 0 ? 1 - tail : tail;
}

export const TRUE_P99_NS = MEDIAN_NS * Math.exp(SIGMA * 2.3263478740408408);

/** The slowest tenth of a second's requests, `level` times as slow as usual. */
export function secondOf(atNs: number, rate: number, level: number, random: () => number): Second {
  const slow = poisson(rate * (1 - BODY_SHARE), random);
  const requests = slow + poisson(rate * BODY_SHARE, random);
  const values = new Uint32Array(WAIT_BUCKETS);
  for (let i = 0; i < slow; i++) values[bucketIndex(level * slowest[Math.floor(random() * STEPS)]!)]! += 1;
  return { atNs, requests, tail: { low: 0, values } };
}
