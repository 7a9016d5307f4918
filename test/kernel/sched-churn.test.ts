import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SchedSource } from '../../src/probes/types.ts';
import { besideTrace } from '../lib/beside.ts';
import { within } from '../lib/compare.ts';
import { openProbe, sampleOf, sum, watch } from '../lib/probe.ts';
import { nowNs } from '../lib/procfs.ts';
import { startedBy, type Trace } from '../lib/trace.ts';
import { startWorkload } from '../lib/workload.ts';

/** Some hundred die between two reads: the slots of the dead must come back many times over. */
const WORKERS = 4096;

function bytes(probe: SchedSource): number {
  return sum(probe.memory().map((map) => map.bytes));
}

/** Reads as the daemon does, while `done` is awaited. */
async function readOn(probe: SchedSource, done: Promise<unknown>): Promise<void> {
  const timer = setInterval(() => {
    probe.drain(() => {});
    probe.sample();
  }, 50);
  await done.finally(() => clearInterval(timer));
  await sleep(100);
  probe.drain(() => {});
  probe.sample();
}

describe('workers that come and go', function () {
  this.timeout(180_000);

  for (const kind of ['process', 'thread'] as const) {
    it(`10,000 short-lived ${kind === 'process' ? 'processes' : 'threads'} join a pool and leave nothing behind`, async () => {
      const probe = await openProbe({ workers: WORKERS });
      const load = await startWorkload('churn', kind, 10_000, 0);
      probe.policy(0, { threads: true, children: true });
      watch(probe, 0, load.tids);
      const before = { rss: process.memoryUsage().rss, bpf: bytes(probe), sample: sampleOf(probe, 0) };
      load.write('go');
      await readOn(probe, load.line());
      const after = sampleOf(probe, 0);
      assert.equal(after.workers, 1, 'only the parent is left');
      assert.equal(probe.workersRefused(), 0, 'slots of the dead serve the living');
      assert.equal(bytes(probe), before.bpf);
      assert.ok(process.memoryUsage().rss - before.rss < 32 << 20, 'the process has not grown');
      const oncpu = after.timeNs.oncpu - before.sample.timeNs.oncpu;
      assert.ok(oncpu > 10_000 * 40_000, `their work is kept: ${oncpu} ns on CPU for 10,000 x 50 us`);
    });
  }

  for (const kind of ['process', 'thread'] as const) {
    it(`what short-lived ${kind === 'process' ? 'processes' : 'threads'} did is kept, to their last moment`, async () => {
      const probe = await openProbe();
      const load = await startWorkload('churn', kind, 1009, 0);
      probe.policy(0, { threads: true, children: true });
      watch(probe, 0, load.tids);
      const workers = (trace: Trace) => [...load.tids, ...startedBy(trace, load.pid)];
      const churn = async () => {
        load.write('go');
        await load.line();
        await sleep(100);
      };
      const { told, truth } = await besideTrace(probe, 0, workers, churn);
      within(told.timeNs.oncpu, truth.oncpuNs, 0.005, 'on-CPU');
      within(told.timeNs.runqueue, truth.runqueueNs, 0.02, 'run queue');
      within(told.voluntary + told.involuntary, truth.voluntary + truth.involuntary, 0.001, 'switches', 2);
    });
  }

  it('more workers at once than there are slots: refused and counted, then taken', async () => {
    const probe = await openProbe({ workers: 64 });
    const crowd = await startWorkload('burst', 68, 0, 100_000);
    watch(probe, 0, crowd.tids);
    assert.equal(sampleOf(probe, 0).workers, 64);
    assert.equal(probe.workersRefused(), 4);
    await crowd.stop();
    probe.sample();
    const next = await startWorkload('burst', 64, 0, 100_000);
    watch(probe, 1, next.tids);
    assert.equal(sampleOf(probe, 1).workers, 64);
    assert.equal(probe.workersRefused(), 4);
  });

  it('500 restarts of a pool: no slot lost, its counters go on', async () => {
    const probe = await openProbe({ workers: WORKERS });
    let wall = 0;
    for (let restart = 0; restart < 500; restart++) {
      const load = await startWorkload('busy', 2);
      watch(probe, 0, load.tids);
      const before = sampleOf(probe, 0);
      assert.equal(before.workers, 2, `restart ${restart}`);
      await load.stop();
      const after = sampleOf(probe, 0);
      assert.equal(after.workers, 0, `restart ${restart}`);
      wall += after.timeNs.oncpu + after.timeNs.runqueue - before.timeNs.oncpu - before.timeNs.runqueue;
      probe.drain(() => {});
    }
    assert.ok(wall > 0);
    assert.equal(probe.workersRefused(), 0);
    assert.equal(probe.sample().size, 1);
  });

  it('moved between two pools thousands of times while they switch: no ghost stays', async () => {
    const probe = await openProbe({ workers: WORKERS });
    const load = await startWorkload('burst', 4, 12, 20);
    for (let turn = 0; turn < 4000; turn++) {
      watch(probe, turn % 2, load.tids);
      if (turn % 10 === 0) probe.sample();
    }
    const [even, odd] = [sampleOf(probe, 0), sampleOf(probe, 1)];
    assert.deepEqual([even.workers, odd.workers], [0, 4]);
    assert.equal(probe.workersRefused(), 0);
    await sleep(1000);
    const later = sampleOf(probe, 0);
    assert.deepEqual(later.timeNs, even.timeNs, 'a pool without workers stands still');
    const last = sampleOf(probe, 1);
    const grown = sum(Object.values(last.timeNs)) - sum(Object.values(odd.timeNs));
    within(grown, 4 * (last.atNs - odd.atNs), 0.001, 'sum of states');
  });

  it('a released index serves another pool from zero', async () => {
    const probe = await openProbe();
    const first = await startWorkload('busy', 1, 1);
    watch(probe, 0, first.tids);
    await sleep(300);
    const { oncpu, runqueue } = sampleOf(probe, 0).timeNs;
    assert.ok(oncpu + runqueue > 250e6, `on CPU ${oncpu}, in the queue ${runqueue}`);
    await first.stop();
    probe.release(0);
    probe.flush();
    const second = await startWorkload('burst', 1, 0, 1_000_000);
    const fromNs = nowNs();
    watch(probe, 0, second.tids);
    await sleep(300);
    const { timeNs, workers, atNs } = sampleOf(probe, 0);
    assert.equal(workers, 1);
    assert.ok(timeNs.oncpu < 50e6, `oncpu ${timeNs.oncpu}`);
    assert.ok(
      timeNs.blocked > 240e6 && timeNs.blocked <= atNs - fromNs,
      `asleep for ${timeNs.blocked} ns since it joined`,
    );
  });
});
