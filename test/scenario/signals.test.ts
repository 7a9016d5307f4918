import assert from 'node:assert/strict';
import { has, workload } from '../lib/build.ts';
import { memoryCgroup, noMemoryLimit } from '../lib/cgroup.ts';
import { skip } from '../lib/skip.ts';
import { startProgram } from '../lib/workload.ts';
import { Daemon, freePort, until } from './daemon.ts';

const LIMIT_BYTES = 512 * 2 ** 20;

const value = (metrics: string, name: string) =>
  Number(new RegExp(`^pooldrift_pool_${name}\\{pool="go"\\} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN);

describe('collector and memory limit of a pool', function () {
  this.timeout(60_000);

  it('are in /metrics: the one by its scrape, the other by its cgroup', async function () {
    skip(this, noMemoryLimit() ?? (has('go') ? null : 'no Go'));
    const group = memoryCgroup('collector');
    group.limit(LIMIT_BYTES);
    const port = await freePort();
    const server = await startProgram(workload('goserver'), [`127.0.0.1:${port}`, 'live=32', 'alloc=4000000']);
    group.add(server.pid);
    const scrape = `{ url: "http://127.0.0.1:${port}/metrics", interval: 1s }`;
    const pools = `pools: [{ name: go, match: { listen: ${port} }, scrape: ${scrape} }]`;
    const daemon = await Daemon.start({ config: `interval: 1s\n${pools}\n` });
    await until('the first scrape', async () => value(await daemon.metrics(), 'gc_cycles_total') >= 0, 20);
    for (let i = 0; i < 200; i++) await (await fetch(`http://127.0.0.1:${port}/`)).text();
    const metrics = await until('its runs', async () => {
      const text = await daemon.metrics();
      return value(text, 'gc_cycles_total') >= 10 ? text : null;
    });
    assert.equal(value(metrics, 'memory_limit_bytes'), LIMIT_BYTES);
    assert.ok(value(metrics, 'gc_pause_seconds_total') > 0 && value(metrics, 'gc_assist_seconds_total') >= 0, metrics);
    assert.ok(value(metrics, 'heap_bytes') > 32 * 2 ** 20, `${value(metrics, 'heap_bytes')} bytes`);
    await server.stop();
    for (const name of ['gc_cycles_total', 'memory_limit_bytes'])
      await until(`${name} is gone`, async () => Number.isNaN(value(await daemon.metrics(), name)));
  });
});
