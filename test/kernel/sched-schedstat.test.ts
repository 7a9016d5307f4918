import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../lib/compare.ts';
import { growth, openProbe, sampleOf } from '../lib/probe.ts';
import { schedstatOf, threadsOf } from '../lib/procfs.ts';
import { burstingPools } from '../lib/servers.ts';

describe('bursts of 2 ms and more, several workers a CPU', function () {
  // sum_exec_runtime leaves out what the hypervisor takes, rq->clock does not: a span with much steal is taken again.
  this.retries(2);
  this.timeout(60_000);

  it('Go, nginx, Node and a thread pool: on-CPU and waits as in /proc schedstat', async function () {
    const pools = await burstingPools(this);
    const probe = await openProbe();
    pools.forEach((pool, index) => {
      probe.policy(index, { threads: true, children: false });
      for (const pid of pool.pids) for (const tid of threadsOf(pid)) probe.assign(tid, index, true);
    });
    probe.flush();
    await sleep(500);
    const books = () =>
      pools.map(({ pids }, index) => ({
        told: sampleOf(probe, index),
        kernel: pids.map((pid) => schedstatOf(pid, threadsOf(pid))),
      }));
    const before = books();
    await sleep(10_000);
    const after = books();
    pools.forEach(({ name }, i) => {
      const told = growth(before[i]!.told, after[i]!.told).timeNs;
      const grown = (field: 'oncpuNs' | 'runDelayNs') =>
        after[i]!.kernel.reduce((total, now, pid) => total + now[field] - before[i]!.kernel[pid]![field], 0);
      within(told.oncpu, grown('oncpuNs'), 0.005, `${name}: on-CPU`);
      within(told.runqueue + told.throttled, grown('runDelayNs'), 0.02, `${name}: run queue + throttled`);
    });
  });
});
