import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { has, workload } from '../lib/build.ts';
import { memoryCgroup, noMemoryLimit } from '../lib/cgroup.ts';
import { defer } from '../lib/cleanup.ts';
import { skip } from '../lib/skip.ts';
import { startProgram } from '../lib/workload.ts';
import { Random } from '../sim/random.ts';
import { program } from '../unit/scrape/registry.ts';
import { target } from '../unit/scrape/server.ts';
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
    await sleep(5000);
    const later = await daemon.metrics();
    assert.deepEqual([value(later, 'gc_cycles_total'), value(later, 'memory_limit_bytes')], [Number.NaN, Number.NaN]);
  });
});

/** A program that counts latencies by a real client library, 200 a second: lognormal, so many times the usual ones. */
async function counting(): Promise<{ url: URL; become(factor: number): void }> {
  const { registry, requests, size } = program();
  size.set({ kind: 'a' }, 1);
  let factor = 1;
  const random = new Random(4);
  const timer = setInterval(() => {
    for (let i = 0; i < 20; i++)
      requests.observe({ route: '/', code: '200' }, 0.08 * factor * Math.exp(0.5 * random.normal()));
  }, 100);
  defer(() => clearInterval(timer));
  const url = await target(async (_, response) => void response.end(await registry.metrics()));
  return {
    url,
    become: (times) => {
      factor = times;
    },
  };
}

describe('a pool whose latency its own program tells', function () {
  this.timeout(180_000);

  it('drifts by what it tells', async () => {
    const { url, become } = await counting();
    const pool = `{ name: own, match: { pid: ${process.pid} }, latency: { metric: http_request_duration_seconds }, scrape: { url: "${url}", interval: 2s } }`;
    const drift = 'drift: { window: 5s, baseline: 1m }';
    const daemon = await Daemon.start({
      config: `interval: 1s\n${drift}\nlimits: { overhead: 0.5 }\npools: [${pool}]\n`,
    });
    const ratio = (metrics: string) =>
      Number(/^pooldrift_request_p99_drift_ratio\{pool="own"\} (\S+)$/m.exec(metrics)?.[1] ?? Number.NaN);
    const usual = await until('a baseline', async () => ratio(await daemon.metrics()) || null, 90);
    assert.ok(usual > 0.8 && usual < 1.2, `${usual}`);
    await sleep(10_000);
    assert.doesNotMatch(await daemon.metrics(), /^pooldrift_drift_episode/m);
    become(4);
    const drifting = () => daemon.metrics().then((text) => /^pooldrift_drift_episode\{pool="own"/m.test(text));
    await until('an episode', drifting, 30);
  });
});
