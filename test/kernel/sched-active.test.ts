import assert from 'node:assert/strict';
import type { SchedSource } from '../../src/probes/types.ts';
import { sizeDeviation } from '../../src/windows/deviation.ts';
import { PoolWindow } from '../../src/windows/window.ts';
import { cpuCgroup, noQuota } from '../lib/cgroup.ts';
import { within } from '../lib/compare.ts';
import { type GoPool, meanOfMaxima, startGoPool } from '../lib/goruntime.ts';
import { openProbe, sampleOf, watch } from '../lib/probe.ts';
import { nowNs, threadsOf } from '../lib/procfs.ts';
import { skip } from '../lib/skip.ts';

const SECONDS = 5;
const CPUS = 2;

/** Feeds a window as the daemon does: a look each tenth of a second, a sample each second. */
async function watched(load: GoPool) {
  const probe = await openProbe();
  probe.policy(0, { threads: true, children: false });
  watch(probe, 0, threadsOf(load.pid));
  const window = new PoolWindow({ windowNs: SECONDS * 1e9, intervalNs: SECONDS * 1e9 });
  const first = load.activePs.length;
  await new Promise<void>((resolve) => feed(probe, window, resolve));
  const { activeWorkers, parallelism, demand } = window.gauges();
  return {
    activeWorkers: activeWorkers!,
    parallelism: parallelism!,
    demand: demand!,
    activePs: meanOfMaxima(load.activePs.slice(first)),
  };
}

function feed(probe: SchedSource, window: PoolWindow, finished: () => void): void {
  let looks = 0;
  const timer = setInterval(() => {
    window.look(probe.activity()[0]!, nowNs());
    if (looks++ % 10 === 0) window.add(sampleOf(probe, 0), new Map());
    if (looks <= (SECONDS + 1) * 10) return;
    clearInterval(timer);
    finished();
  }, 100);
}

describe('the size of a Go pool, beside what its runtime says', () => {
  for (const size of [2, 8]) {
    it(`GOMAXPROCS ${size}, idle: nothing active, no deviation`, async () => {
      const seen = await watched(await startGoPool(size, 2, '0s', '2s'));
      assert.equal(sizeDeviation(seen, size), 0, JSON.stringify(seen));
      assert.ok(seen.activeWorkers <= 1, JSON.stringify(seen));
    });

    it(`GOMAXPROCS ${size}, healthy: no deviation`, async () => {
      const seen = await watched(await startGoPool(size, 16, '200us', '4ms'));
      assert.equal(sizeDeviation(seen, size), 0, JSON.stringify(seen));
      assert.ok(seen.parallelism > 0.3, JSON.stringify(seen));
    });

    it(`GOMAXPROCS ${size}, starved by a quota: short of CPUs by what it cannot run`, async function () {
      skip(this, noQuota());
      const group = cpuCgroup(`go-${size}`, { quotaUs: 10_000, periodUs: 20_000 });
      const load = await startGoPool(size, 3 * size, '20ms', '1ms');
      group.add(load.pid);
      const seen = await watched(load);
      within(seen.parallelism, 0.5, 0.1, 'parallelism is the quota');
      within(sizeDeviation(seen, size)!, 0.5 - size, 0.1, `deviation of ${JSON.stringify(seen)}`);
      within(seen.activeWorkers, seen.activePs, 0.15, 'active workers', 0.5);
    });
  }

  it('GOMAXPROCS 8, busy on fewer CPUs: all its Ps want to run', async () => {
    const load = await startGoPool(8, 24, '20ms', '1ms');
    const seen = await watched(load);
    within(seen.activeWorkers, seen.activePs, 0.15, 'active workers', 0.5);
    assert.ok(seen.parallelism <= CPUS, JSON.stringify(seen));
    assert.ok(sizeDeviation(seen, 8)! <= CPUS - 8 + 0.1, JSON.stringify(seen));
  });
});
