import assert from 'node:assert/strict';
import { startWorkload } from '../lib/workload.ts';
import { Daemon } from '../scenario/daemon.ts';

/** Seconds of run-queue time by thief in one answer of /metrics. */
function stolen(metrics: string): Map<string, number> {
  const rows = metrics.matchAll(/^pooldrift_pool_stolen_seconds_total\{.*thief="(.*)"\} (\S+)$/gm);
  return new Map([...rows].map(([, thief, seconds]) => [thief!, Number(seconds)]));
}

describe('the own overhead', function () {
  this.retries(1); // others on a shared machine take CPUs too
  this.timeout(180_000);

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
