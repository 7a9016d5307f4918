import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { favoured, noQuota } from '../lib/cgroup.ts';
import { within } from '../lib/compare.ts';
import { growth, openProbe, sampleOf, sum, watch } from '../lib/probe.ts';
import { skip } from '../lib/skip.ts';
import { startWorkload, type Workload } from '../lib/workload.ts';

/** Reads the pool each second: its states must fill its workers' time each time, however rarely they switch. */
async function everySecond(loads: Workload[], seconds: number) {
  const tids = loads.flatMap((load) => load.tids);
  const probe = await openProbe();
  watch(probe, 0, tids);
  const first = sampleOf(probe, 0);
  for (let last = first, second = 1; second <= seconds; second++) {
    await sleep(1000);
    const now = sampleOf(probe, 0);
    const { timeNs, blockedNs, wallNs } = growth(last, now);
    within(sum(Object.values(timeNs)), tids.length * wallNs, 0.001, `sum of states, second ${second}`);
    within(sum(Object.values(blockedNs)), timeNs.blocked, 0.0001, `sum of reasons, second ${second}`, 1000);
    last = now;
  }
  return growth(first, sampleOf(probe, 0));
}

describe('the states of a pool sum to its workers x wall time', function () {
  this.timeout(60_000);

  it('busy pinned workers', async () => {
    const { timeNs, wallNs } = await everySecond(
      [await startWorkload('busy', 1, 0), await startWorkload('busy', 1, 1)],
      2,
    );
    within(timeNs.oncpu + timeNs.runqueue, 2 * wallNs, 0.001, 'on CPU or in the queue');
  });

  it('sleepers', async () => {
    const { blockedNs, wallNs } = await everySecond([await startWorkload('burst', 4, 0, 3_000_000)], 2);
    within(blockedNs.sleep, 4 * wallNs, 0.001, 'asleep');
  });

  it('a mix', async () => {
    const busy = await startWorkload('busy', 2, 0);
    const bursts = await startWorkload('burst', 3, 200, 300);
    const asleep = await startWorkload('burst', 2, 0, 500_000);
    await everySecond([busy, bursts, asleep], 3);
  });

  it('throttled workers', async function () {
    skip(this, noQuota());
    const load = await startWorkload('busy', 3);
    favoured('states', { quotaUs: 10_000, periodUs: 50_000 }).add(load.pid);
    const { timeNs, wallNs } = await everySecond([load], 2);
    assert.ok(timeNs.throttled > wallNs, `throttled ${timeNs.throttled} ns`);
  });
});
