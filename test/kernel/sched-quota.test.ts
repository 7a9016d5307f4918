import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { favoured, noQuota } from '../lib/cgroup.ts';
import { within } from '../lib/compare.ts';
import { growth, openProbe, sampleOf, watch } from '../lib/probe.ts';
import { schedstatOf } from '../lib/procfs.ts';
import { skip } from '../lib/skip.ts';
import { startWorkload } from '../lib/workload.ts';

/** A short period: throttled_time lacks the throttling that is under way, which then is a small part. */
const QUOTA = { quotaUs: 5000, periodUs: 20_000 };

async function throttled(workers: number, cpu: number, name: string) {
  const group = favoured(name, QUOTA); // schedstat lacks waits that are under way: strangers make long ones
  const load = await startWorkload('busy', workers, cpu);
  group.add(load.pid);
  const probe = await openProbe();
  watch(probe, 0, load.tids);
  await sleep(300);
  const before = { told: sampleOf(probe, 0), group: group.throttledNs(), kernel: schedstatOf(load.pid, load.tids) };
  await sleep(3500);
  const after = { told: sampleOf(probe, 0), group: group.throttledNs(), kernel: schedstatOf(load.pid, load.tids) };
  return {
    told: growth(before.told, after.told).timeNs,
    groupNs: after.group - before.group,
    runDelayNs: after.kernel.runDelayNs - before.kernel.runDelayNs,
    oncpuNs: after.kernel.oncpuNs - before.kernel.oncpuNs,
  };
}

describe('a CFS quota', function () {
  this.retries(2); // the two books are read one after the other, and the reader may be held up between
  this.timeout(60_000);

  beforeEach(function () {
    skip(this, noQuota());
  });

  it('one pinned worker: throttled as long as its cgroup', async () => {
    const { told, groupNs, oncpuNs } = await throttled(1, 1, 'one');
    within(told.throttled, groupNs, 0.02, 'throttled');
    within(told.oncpu, oncpuNs, 0.02, 'on-CPU', QUOTA.quotaUs * 1000);
  });

  it('one pinned worker beside a hog: throttled as long as its cgroup, the rest of its waits is the hog', async () => {
    const hog = await startWorkload('busy', 1, 1);
    favoured('hog').add(hog.pid);
    const { told, groupNs } = await throttled(1, 1, 'beside');
    within(told.throttled, groupNs, 0.02, 'throttled');
    assert.ok(told.runqueue > 0.1 * told.throttled, `run queue ${told.runqueue}: the hog is not seen`);
  });

  it('four workers: run queue + throttled are the growth of run_delay', async () => {
    const { told, groupNs, runDelayNs } = await throttled(4, -1, 'four');
    within(told.runqueue + told.throttled, runDelayNs, 0.02, 'run queue + throttled');
    // The cgroup counts a CPU's time once, however many of its workers wait there.
    assert.ok(told.throttled > 0.5 * groupNs && told.throttled < 4.1 * groupNs, `${told.throttled} of ${groupNs}`);
  });
});
