import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import type { Pool } from '../../src/pools/pool.ts';
import type { SchedSource } from '../../src/probes/types.ts';
import { Windows } from '../../src/windows/windows.ts';
import { favoured, noQuota } from '../lib/cgroup.ts';
import { within } from '../lib/compare.ts';
import { type GoPool, meanOfMaxima, startGoPool } from '../lib/goruntime.ts';
import { openProbe, sampleOf, watch } from '../lib/probe.ts';
import { nowNs, threadsOf } from '../lib/procfs.ts';
import { skip } from '../lib/skip.ts';

const SECONDS = 4;
const CPUS = availableParallelism();

function goPool(index: number, size: number): Pool {
  return {
    ...{ index, name: 'go', configured: true, kind: 'go', size, sizeSource: 'environment', sizeReason: '' },
    ...{ cpuLimit: CPUS, tgids: [], exe: null, startedNs: null, ports: [], container: '', pod: '', namespace: '' },
  };
}

type Sized = { load: GoPool; size: number };

/** Pools side by side. Feeds the windows as the daemon does: a look each tenth of a second, a sample each second. */
async function watched(pools: readonly Sized[]) {
  const probe = await openProbe();
  for (const [index, { load }] of pools.entries()) {
    probe.policy(index, { threads: true, children: false });
    watch(probe, index, threadsOf(load.pid));
  }
  const spanNs = SECONDS * 1e9;
  const windows = new Windows({ windowNs: spanNs, intervalNs: spanNs, thieves: 10, thiefName: String });
  const firsts = pools.map(({ load }) => load.activePs.length);
  await new Promise<void>((resolve) => feed(probe, windows, resolve));
  return pools.map(({ load, size }, index) => {
    const { gauges, sizeDeviation } = windows.read(goPool(index, size), sampleOf(probe, index));
    const { activeWorkers, parallelism, demand } = gauges;
    const activePs = meanOfMaxima(load.activePs.slice(firsts[index]));
    const seen = { active: activeWorkers!, parallelism: parallelism!, demand: demand!, activePs };
    return { size, deviation: sizeDeviation!, ...seen };
  });
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

  const both = async (start: (size: number) => Promise<GoPool>): Promise<Sized[]> => [
    { size: 2, load: await start(2) },
    { size: 8, load: await start(8) },
  ];

  it('GOMAXPROCS 2 and 8, idle: nothing active, no deviation', async () => {
    for (const seen of await watched(await both((size) => startGoPool(size, 2, '0s', '2s')))) {
      assert.equal(seen.deviation, 0, JSON.stringify(seen));
      assert.ok(seen.active <= 1, JSON.stringify(seen));
    }
  });

  for (const size of [2, 8]) {
    it(`GOMAXPROCS ${size}, healthy: no deviation`, async () => {
      const load = await startGoPool(size, 16, '200us', '6ms');
      if (noQuota() === null) favoured('healthy').add(load.pid);
      const [seen] = await watched([{ size, load }]);
      assert.equal(seen!.deviation, 0, JSON.stringify(seen));
      assert.ok(seen!.parallelism > 0.05, JSON.stringify(seen));
    });
  }

  it('GOMAXPROCS 2 and 8, starved by a quota each: short of CPUs by what they cannot run', async function () {
    skip(this, noQuota());
    const starved = async (size: number) => {
      const load = await startGoPool(size, 3 * size, '20ms', '1ms');
      favoured(`go-${size}`, { quotaUs: 10_000, periodUs: 20_000 }).add(load.pid);
      return load;
    };
    for (const seen of await watched(await both(starved))) {
      assert.ok(seen.parallelism > 0.1 && seen.parallelism < 0.55, `beyond its quota: ${JSON.stringify(seen)}`);
      within(seen.deviation, seen.parallelism - seen.size, 0.001, `deviation of ${JSON.stringify(seen)}`);
      boundsActivePs(seen);
    }
  });

  it('GOMAXPROCS 8, busy on fewer CPUs: all its Ps want to run', async () => {
    const [seen] = await watched([{ size: 8, load: await startGoPool(8, 24, '20ms', '1ms') }]);
    boundsActivePs(seen!);
    assert.ok(seen!.parallelism <= CPUS, JSON.stringify(seen));
    within(seen!.deviation, seen!.parallelism - 8, 0.001, `deviation of ${JSON.stringify(seen)}`);
  });
});
