import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWorkload } from '../lib/workload.ts';
import { Daemon, until } from './daemon.ts';

/** Seconds of run-queue time of the pool, and by a thief that is not known. */
async function waited(daemon: Daemon): Promise<{ runqueue: number; unknown: number }> {
  const [metrics, { pools }] = [await daemon.metrics(), await daemon.status()];
  const row = /^pooldrift_pool_stolen_seconds_total\{.*thief="unknown"\} (\S+)$/m.exec(metrics);
  return { runqueue: pools[0]!.timeSeconds!.runqueue, unknown: Number(row?.[1] ?? 0) };
}

describe('the own overhead', function () {
  this.timeout(90_000);

  it('is measured, and within its budget nothing is shed', async () => {
    const daemon = await Daemon.start({
      config: 'pools: [{ name: me, match: { pid: 1 } }]\nlimits: { overhead: 0.9 }',
    });
    const ratio = await until('a measurement', async () => overhead(await daemon.metrics()), 20);
    assert.ok(ratio > 0 && ratio < 0.9, String(ratio));
    assert.match(await daemon.metrics(), /^pooldrift_bpf_runs_total\{program="on_sched_switch"\} [1-9]/m);
    assert.doesNotMatch(daemon.log, /switched off/);
  });

  // What is given up next, ten seconds each: test/long/overhead.test.ts; what each is: test/kernel/shed.test.ts.
  it('over its budget: thieves are given up first; the states and the requests go on', async () => {
    await startWorkload('busy', 1, 1);
    const { pid } = await startWorkload('busy', 2, 1);
    const config = `interval: 1s\npools: [{ name: busy, match: { pid: ${pid} } }]\nlimits: { overhead: 0.0001 }`;
    const daemon = await Daemon.start({ config });
    await daemon.says(/ switched off/, 40);
    const before = await waited(daemon);
    await sleep(3000);
    const after = await waited(daemon);
    const [runqueue, unknown] = [after.runqueue - before.runqueue, after.unknown - before.unknown];
    assert.ok(runqueue > 2 && unknown > 0.6 * runqueue, JSON.stringify([before, after]));
    const pool = (await daemon.status()).pools[0]!;
    assert.ok(pool.parallelism! > 0.1 && pool.demand! > 1.5, JSON.stringify(pool));
    assert.equal(pool.requests?.source, 'kernel');
    assert.match(daemon.log, /: thieves switched off/);
    assert.doesNotMatch(daemon.log, /(files|requests) switched off/);
  });
});

function overhead(metrics: string): number | null {
  const row = /^pooldrift_overhead_ratio (\S+)$/m.exec(metrics);
  return row ? Number(row[1]) : null;
}
