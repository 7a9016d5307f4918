import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOGNORMAL } from '../../sim/distributions.ts';
import { alarmsOf, delaysOf } from '../../sim/findings.ts';
import type { DelayJob, HealthyJob } from '../../sim/jobs.ts';
import { LONG, plan } from '../../sim/plan.ts';
import { shapeOf } from '../../sim/shapes.ts';
import { Source } from '../../sim/source.ts';
import { poissonBound, ranked, YEAR_HOURS } from '../../sim/stats.ts';
import { type Kept, Store } from '../../sim/store.ts';
import { Truth } from '../../sim/truth.ts';

const HEALTHY: HealthyJob = { kind: 'healthy', shape: 'wander-60', rate: 1000, hours: 100, seed: 1 };
const DELAY: DelayJob = {
  kind: 'delay',
  shape: 'stalls',
  rate: 10,
  factor: 2,
  healthySeconds: 3600,
  seed: 1,
  trials: 4,
};

const alarm = (trueRatio: number, young = false) => ({
  atSeconds: 9,
  sinceSeconds: 1,
  scaleSeconds: 5,
  young,
  trueRatio,
});

describe('what simulations come to', () => {
  it('the Poisson bound is that of the tables', () => {
    for (const [count, bound] of [
      [0, 2.996],
      [1, 4.744],
      [5, 10.513],
      [80, 96.35],
    ] as const) {
      assert.ok(Math.abs(poissonBound(count) - bound) < 0.01, `${count}: ${poissonBound(count)}`);
    }
  });

  it('a rank may be infinite', () => {
    assert.equal(ranked([3, Number.POSITIVE_INFINITY, 1, 2], 0.5), 2);
    assert.equal(ranked([3, Number.POSITIVE_INFINITY, 1, 2], 0.95), Number.POSITIVE_INFINITY);
  });

  it('an alarm is borne out where the true level has moved', () => {
    const alarms = [alarm(1.3), alarm(1.169, true), alarm(1.17)];
    const result = { seconds: 360_000, alarms, drifting: 3600 };
    const moved = alarmsOf([{ job: HEALTHY, result }]);
    assert.deepEqual([moved.raw, moved.borne, moved.young, moved.drifting], [3, 2, 1, 0.01]);
    assert.ok(Math.abs(moved.aYear - YEAR_HOURS / 100) < 1e-9);
    assert.equal(alarmsOf([{ job: { ...HEALTHY, shape: 'idle' }, result }]).borne, 2);
  });

  it('what is not found is slower than all that is; a trial with an episode at its onset is none', () => {
    const found = delaysOf([{ job: DELAY, result: [5, -1, null, 7] }]);
    assert.deepEqual(found, { trials: 3, median: 7, p95: Number.POSITIVE_INFINITY, missed: 1 / 3 });
  });

  it('the true P99 follows the level', () => {
    const [source, truth] = [new Source(shapeOf('lognormal'), 1, 1), new Truth(LOGNORMAL)];
    for (let i = 0; i < 10_000; i++) {
      source.second();
      source.factor = i >= 9990 ? 2 : 1;
      truth.add(source);
    }
    const p99Ms = 2 * Math.exp(0.5 * 2.326348);
    assert.ok(Math.abs(truth.p99Ms(9990, 10_000) / (2 * p99Ms) - 1) < 1e-3);
    assert.ok(Math.abs(truth.p99Ms(6000, 9990) / p99Ms - 1) < 1e-3);
  });
});

describe('the long simulation', () => {
  it('performs each job once, with scoring seeds', () => {
    const jobs = plan(LONG);
    assert.equal(new Set(jobs.map((job) => JSON.stringify(job))).size, jobs.length);
    assert.ok(jobs.every((job) => job.seed >= 3_000_000 && job.seed < 4_000_000));
    const hours = jobs.filter((job) => job.kind === 'healthy' && job.shape === 'idle' && job.rate === 100);
    assert.equal(
      hours.reduce((sum, job) => sum + (job as HealthyJob).hours, 0),
      20_000,
    );
  });

  it('goes on where it was stopped, also in the middle of a line', () => {
    const folder = mkdtempSync(join(tmpdir(), 'store-'));
    try {
      const kept = (seed: number): Kept => ({ done: { job: { ...DELAY, seed }, result: [seed] }, cpuSeconds: 1 });
      const store = new Store(folder);
      for (const seed of [1, 2]) store.add(kept(seed));
      const path = join(folder, readdirSync(folder)[0]!);
      writeFileSync(path, readFileSync(path, 'utf8').slice(0, -5));
      const again = new Store(folder);
      assert.deepEqual(again.get(kept(1).done.job), kept(1));
      assert.equal(again.get(kept(2).done.job), undefined);
      again.add(kept(2));
      assert.deepEqual(new Store(folder).get(kept(2).done.job), kept(2));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
