import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import type { Pool } from '../../src/pools/pool.ts';
import type { SchedSource } from '../../src/probes/types.ts';
import { Windows } from '../../src/windows/windows.ts';
import { cpuCgroup, noQuota } from '../lib/cgroup.ts';
import { within } from '../lib/compare.ts';
import { type GoPool, meanOfMaxima, startGoPool } from '../lib/goruntime.ts';
import { openProbe, sampleOf, watch } from '../lib/probe.ts';
import { nowNs, threadsOf } from '../lib/procfs.ts';
import { skip } from '../lib/skip.ts';

const SECONDS = 5;
const CPUS = availableParallelism();

function goPool(size: number): Pool {
  return {
    ...{ index: 0, name: 'go', configured: true, kind: 'go', size, sizeSource: 'environment', sizeReason: '' },
    ...{ cpuLimit: CPUS, tgids: [], exe: null, startedNs: null, ports: [], container: '', pod: '', namespace: '' },
  };
}

/** Feeds the windows as the daemon does: a look each tenth of a second, a sample each second. */
async function watched(load: GoPool, size: number) {
  const probe = await openProbe();
  probe.policy(0, { threads: true, children: false });
  watch(probe, 0, threadsOf(load.pid));
  const spanNs = SECONDS * 1e9;
  const windows = new Windows({ windowNs: spanNs, intervalNs: spanNs, thieves: 10, thiefName: String });
  const first = load.activePs.length;
  await new Promise<void>((resolve) => feed(probe, windows, resolve));
  const { gauges, sizeDeviation } = windows.read(goPool(size), sampleOf(probe, 0));
  const { activeWorkers, parallelism, demand } = gauges;
  const activePs = meanOfMaxima(load.activePs.slice(first));
  return { deviation: sizeDeviation!, active: activeWorkers!, parallelism: parallelism!, demand: demand!, activePs };
}

function feed(probe: SchedSource, windows: Windows, finished: () => void): void {
  let looks = 0;
  const timer = setInterval(() => {
    windows.look(probe.activity(), nowNs());
    if (looks++ % 10 === 0) windows.add(probe.sample());
    if (looks <= (SECONDS + 1) * 10) return;
    clearInterval(timer);
    finished();
  }, 100);
}

/** sysmon, and a thread that comes back from a system call, run without a P: workers, but not of the size. */
function boundsActivePs(seen: { active: number; activePs: number }): void {
  assert.ok(seen.active >= seen.activePs - 0.5 && seen.active <= seen.activePs + 2, JSON.stringify(seen));
}

describe('the size of a Go pool, beside what its runtime says', function () {
  this.timeout(60_000);

  for (const size of [2, 8]) {
    it(`GOMAXPROCS ${size}, idle: nothing active, no deviation`, async () => {
      const seen = await watched(await startGoPool(size, 2, '0s', '2s'), size);
      assert.equal(seen.deviation, 0, JSON.stringify(seen));
      assert.ok(seen.active <= 1, JSON.stringify(seen));
    });

    it(`GOMAXPROCS ${size}, healthy: no deviation`, async () => {
      const seen = await watched(await startGoPool(size, 16, '200us', '6ms'), size);
      assert.equal(seen.deviation, 0, JSON.stringify(seen));
      assert.ok(seen.parallelism > 0.05, JSON.stringify(seen));
    });

    it(`GOMAXPROCS ${size}, starved by a quota: short of CPUs by what it cannot run`, async function () {
      skip(this, noQuota());
      const group = cpuCgroup(`go-${size}`, { quotaUs: 10_000, periodUs: 20_000 });
      const load = await startGoPool(size, 3 * size, '20ms', '1ms');
      group.add(load.pid);
      const seen = await watched(load, size);
      assert.ok(seen.parallelism > 0.1 && seen.parallelism < 0.55, `beyond its quota: ${JSON.stringify(seen)}`);
      within(seen.deviation, seen.parallelism - size, 0.001, `deviation of ${JSON.stringify(seen)}`);
      boundsActivePs(seen);
    });
  }

  it('GOMAXPROCS 8, busy on fewer CPUs: all its Ps want to run', async () => {
    const seen = await watched(await startGoPool(8, 24, '20ms', '1ms'), 8);
    boundsActivePs(seen);
    assert.ok(seen.parallelism <= CPUS, JSON.stringify(seen));
    within(seen.deviation, seen.parallelism - 8, 0.001, `deviation of ${JSON.stringify(seen)}`);
  });
});
