import assert from 'node:assert/strict';
import { besideTrace } from '../lib/beside.ts';
import { within } from '../lib/compare.ts';
import { openProbe, watch } from '../lib/probe.ts';
import { startWorkload } from '../lib/workload.ts';

/**
 * How far a wake-up may be off. A waking is stamped by another clock than the queueing that ends it; one in place, on the
 * only CPU that a worker may use, takes no time by the probe and some hundred nanoseconds by the trace, the tracer's own.
 */
const ELSEWHERE_NS = 300;
const IN_PLACE_NS = 1000;

describe('short bursts, beside a trace of every event', function () {
  this.timeout(60_000);
  this.retries(2);

  for (const [what, cpu, wakeupNs] of [
    ['on any CPU', -1, ELSEWHERE_NS],
    ['on one CPU', 0, IN_PLACE_NS],
  ] as const) {
    it(`12 us of work at a time ${what}`, async () => {
      const load = await startWorkload('burst', 4, 12, 100, cpu);
      const probe = await openProbe();
      watch(probe, 0, load.tids);
      const { told, truth } = await besideTrace(probe, 0, load.tids, 3);
      within(told.timeNs.oncpu, truth.oncpuNs, 0.005, 'on-CPU');
      within(told.timeNs.runqueue + told.timeNs.throttled, truth.runqueueNs + truth.throttledNs, 0.02, 'run queue');
      const clocksNs = truth.voluntary * wakeupNs;
      within(told.timeNs.wakeup, truth.wakeupNs, 0.02, 'wake-up', clocksNs);
      within(told.timeNs.blocked, truth.blockedNs, 0.005, 'blocked', clocksNs);
      within(told.voluntary, truth.voluntary, 0.001, 'voluntary switches', 2);
      within(told.involuntary, truth.involuntary, 0.001, 'involuntary switches', 2);
      assert.ok(truth.voluntary > 10_000, 'the bursts were short');
    });
  }
});
