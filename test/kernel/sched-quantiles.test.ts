import assert from 'node:assert/strict';
import { bucketIndex, quantile, total, WAIT_BUCKETS } from '../../src/windows/histogram.ts';
import { besideTrace } from '../lib/beside.ts';
import { within } from '../lib/compare.ts';
import { openProbe, watch } from '../lib/probe.ts';
import { startWorkload } from '../lib/workload.ts';

const STATED_ERROR = 0.016;

/** Within the stated error of a wait of that rank, or of its neighbour: the period's two ends may differ by one wait. */
function close(toldNs: number, sorted: readonly number[], q: number): void {
  const rank = Math.ceil(q * sorted.length) - 1;
  const low = sorted[Math.max(0, rank - 1)]!;
  const high = sorted[Math.min(sorted.length - 1, rank + 1)]!;
  assert.ok(
    toldNs >= low * (1 - STATED_ERROR) && toldNs <= high * (1 + STATED_ERROR),
    `quantile ${q}: ${toldNs}, but ${sorted[rank]} (${low} .. ${high}) is true of ${sorted.length} waits`,
  );
}

/** The largest distance between two cumulative distributions, as a share of all waits (Kolmogorov-Smirnov). */
function distance(told: ArrayLike<number>, waitsNs: readonly number[]): number {
  const truth = new Float64Array(WAIT_BUCKETS);
  for (const waitNs of waitsNs) truth[bucketIndex(Math.round(waitNs))]!++;
  let [apart, most] = [0, 0];
  for (let i = 0; i < WAIT_BUCKETS; i++) {
    apart += told[i]! - truth[i]!;
    most = Math.max(most, Math.abs(apart));
  }
  return most / waitsNs.length;
}

describe('quantiles of the waits, beside every wait of a full trace', function () {
  this.timeout(60_000);

  it('on a crowded core', async () => {
    await startWorkload('burst', 2, 400, 600, 1);
    const load = await startWorkload('burst', 6, 300, 1200, 1);
    const probe = await openProbe();
    watch(probe, 0, load.tids);
    const { told, truth } = await besideTrace(probe, 0, load.tids, 4);
    const sorted = truth.waitsNs.sort((a, b) => a - b);
    assert.ok(sorted.length > 2000, `${sorted.length} waits are too few to judge`);
    // The histogram is read some moments after the sample's time, more where the reader is preempted between.
    within(total(told.waits), sorted.length, 0.005, 'waits');
    // A bucket is 1.6 to 3.1 % wide; the two clocks of a wake-up differ by less, but for waits of microseconds.
    assert.ok(distance(told.waits, sorted) <= 0.012, `distributions ${distance(told.waits, sorted)} apart`);
    for (const q of [0.5, 0.9, 0.99, 0.999]) close(quantile(told.waits, q)!, sorted, q);
  });
});
