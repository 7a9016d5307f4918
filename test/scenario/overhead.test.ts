import assert from 'node:assert/strict';
import { startWorkload } from '../lib/workload.ts';
import { Daemon, until } from './daemon.ts';

/** Seconds of run-queue time by thief in one answer of /metrics. */
function stolen(metrics: string): Map<string, number> {
  const rows = metrics.matchAll(/^pooldrift_pool_stolen_seconds_total\{.*thief="(.*)"\} (\S+)$/gm);
  return new Map([...rows].map(([, thief, seconds]) => [thief!, Number(seconds)]));
}

describe('the own overhead', function () {
  this.timeout(150_000);

  it('is measured, and within its budget nothing is shed', async () => {
    const daemon = await Daemon.start({
      config: 'pools: [{ name: me, match: { pid: 1 } }]\nlimits: { overhead: 0.9 }',
    });
    const ratio = await until('a measurement', async () => overhead(await daemon.metrics()), 20);
    assert.ok(ratio > 0 && ratio < 0.9, String(ratio));
    assert.match(await daemon.metrics(), /^pooldrift_bpf_runs_total\{program="on_sched_switch"\} [1-9]/m);
    assert.doesNotMatch(daemon.log, /switched off/);
  });

  it('over its budget: thieves are given up first, then files, then requests; the states go on', async () => {
    await startWorkload('busy', 1, 1);
    const { pid } = await startWorkload('busy', 2, 1);
    const config = `interval: 1s\npools: [{ name: busy, match: { pid: ${pid} } }]\nlimits: { overhead: 0.0001 }`;
    const daemon = await Daemon.start({ config });
    await daemon.says('thieves switched off', 40);
    const before = stolen(await daemon.metrics());
    await daemon.says('files switched off', 40);
    const after = stolen(await daemon.metrics());
    const grown = (thief: string) => (after.get(thief) ?? 0) - (before.get(thief) ?? 0);
    assert.ok(grown('unknown') > 1, JSON.stringify([...after]));
    assert.ok(grown('unknown') > 0.9 * [...after.keys()].reduce((sum, thief) => sum + grown(thief), 0));
    const pool = (await daemon.status()).pools[0]!;
    assert.ok(pool.parallelism! > 0.1 && pool.demand! > 1.5, JSON.stringify(pool));
    assert.equal(pool.requests?.source, 'kernel');
    await daemon.says('requests switched off', 40);
    assert.equal((await daemon.status()).pools[0]!.requests, null, 'not measured, not 0 requests');
    assert.doesNotMatch(await daemon.metrics(), /^pooldrift_request_(duration|trusted|p99)/m);
  });
});

function overhead(metrics: string): number | null {
  const row = /^pooldrift_overhead_ratio (\S+)$/m.exec(metrics);
  return row ? Number(row[1]) : null;
}
