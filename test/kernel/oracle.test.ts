import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../lib/compare.ts';
import { nowNs, schedstatOf, stealNs } from '../lib/procfs.ts';
import { rebuild } from '../lib/rebuild.ts';
import { startTrace } from '../lib/trace.ts';
import { startWorkload, type Workload } from '../lib/workload.ts';

/** schedstat of a thread on its CPU is as old as the last tick; HZ is 250 or more on servers. */
const TICK_NS = 4e6;

/** What schedstat and the trace each say of the same two seconds. */
async function bothBooks(load: Workload) {
  const trace = await startTrace();
  await sleep(200);
  const stealBefore = stealNs();
  const fromNs = nowNs();
  const before = schedstatOf(load.pid, load.tids);
  await sleep(2000);
  const toNs = nowNs();
  const after = schedstatOf(load.pid, load.tids);
  const stolenNs = stealNs() - stealBefore;
  await sleep(200);
  const events = await trace.stop();
  assert.equal(events.lost, 0, 'the trace is complete');
  const books = rebuild(events, load.tids, fromNs, toNs);
  const runDelayNs = after.runDelayNs - before.runDelayNs;
  return { events, fromNs, toNs, books, oncpuNs: after.oncpuNs - before.oncpuNs, runDelayNs, stolenNs };
}

describe('the trace that judges the probes', function () {
  this.timeout(60_000);

  it('agrees with schedstat on a crowded core, and its states sum to the wall time', async () => {
    const load = await startWorkload('burst', 5, 3000, 3000, 0);
    const { books, oncpuNs, runDelayNs, stolenNs, fromNs, toNs } = await bothBooks(load);
    const { wakeupNs, runqueueNs, throttledNs, blockedNs } = books;
    within(books.oncpuNs, oncpuNs, 0.005, 'on-CPU', stolenNs + 2 * TICK_NS);
    within(books.runDelayNs, runDelayNs, 0.005, 'run queue');
    within(
      books.oncpuNs + wakeupNs + runqueueNs + throttledNs + blockedNs,
      5 * (toNs - fromNs),
      0.001,
      'sum of states',
    );
    assert.equal(books.unseen, 0);
    within(sum(books.stolenNs.values()), runqueueNs, 0.001, 'stolen time');
  });

  it('names a hog for the time it ran while a worker waited', async () => {
    const hog = await startWorkload('busy', 1, 1);
    const load = await startWorkload('busy', 1, 1);
    const { books, events, fromNs, toNs } = await bothBooks(load);
    const hogNs = rebuild(events, hog.tids, fromNs, toNs).oncpuNs;
    within(sum(books.stolenNs.values()), books.runqueueNs, 0.001, 'stolen time');
    within(books.stolenNs.get(hog.pid) ?? 0, hogNs, 0.001, 'a worker that never rests waits whenever the hog runs');
  });
});

function sum(values: Iterable<number>): number {
  return [...values].reduce((a, b) => a + b, 0);
}
