import assert from 'node:assert/strict';
import { PoolDrift } from '../../../src/drift/pool_drift.ts';
import type { Second } from '../../../src/drift/types.ts';
import { bucketIndex, WAIT_BUCKETS } from '../../../src/windows/histogram.ts';
import { normal, poisson, seeded } from './load.ts';

/** All of a second's requests, log-normal: 17 of 100 are above the usual P99 at twice the latency. */
function whole(atNs: number, rate: number, level: number, random: () => number): Second {
  const requests = poisson(rate, random);
  const values = new Uint32Array(WAIT_BUCKETS);
  for (let i = 0; i < requests; i++)
    values[bucketIndex(Math.round(level * 5e6 * Math.exp(0.5 * normal(random))))]! += 1;
  return { atNs, requests, tail: { low: 0, values } };
}

/** Seconds from the onset to the episode; null: none within a minute. */
function found(rate: number, level: number, seed: number): number | null {
  const random = seeded(seed);
  const options = { windowSeconds: 5, baselineSeconds: 60, ratioMin: 1.2, falseAlarmsPerPoolYear: 1 };
  const drift = new PoolDrift(options);
  const healthy = 17 + (seed % 5);
  for (let at = 1; at <= healthy + 60; at++) {
    const second = whole(at * 1e9, rate, at > healthy ? level : 1, random);
    for (const { kind } of drift.add(second)) {
      assert.ok(kind === 'armed' || at > healthy, `${kind} at ${at} s`);
      if (kind === 'began') return at - healthy;
    }
  }
  return null;
}

describe('a large drift soon after the baseline is armed', () => {
  for (const rate of [60, 150, 300, 600, 1000]) {
    it(`is found at once at ${rate} requests/s, whatever the few counts have shown`, () => {
      const seconds = Array.from({ length: 10 }, (_, i) => found(rate, 4, 77 * i + rate));
      assert.ok(
        seconds.every((each) => each !== null && each <= 6),
        seconds.join(),
      );
    });
  }
});
