import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { workload } from '../lib/build.ts';
import { favoured } from '../lib/cgroup.ts';
import { defer } from '../lib/cleanup.ts';
import { startClient } from '../lib/client.ts';
import { within } from '../lib/compare.ts';
import { network, type Side, startProgramIn } from '../lib/netns.ts';
import { skip } from '../lib/skip.ts';
import type { Workload } from '../lib/workload.ts';
import { Daemon, folder, until } from '../scenario/daemon.ts';
import {
  armed,
  CONFIG,
  drifts,
  ends,
  episodeLines,
  noScene,
  requestsOf,
  STEPPED,
  scene,
  settles,
  staysCalm,
} from '../scenario/drift_scene.ts';
import { pooldrift } from '../scenario/verb.ts';
import { Random } from '../sim/random.ts';
import { program } from '../unit/scrape/registry.ts';
import { target } from '../unit/scrape/server.ts';

const FOUND_SECONDS = 20;
const AT_ONCE_SECONDS = 5;
/** Its size is compared when it has started up, three windows later. */
const ANEW_SECONDS = 30;
const GO_PORT = 8310;
const GO_LOAD = { connections: 64, ratePerSecond: 500, seconds: 200 };

describe('a drift that meets something else', function () {
  this.retries(1); // others on a shared machine take CPUs too
  this.timeout(300_000);

  beforeEach(function () {
    skip(this, noScene());
  });

  it('is told the same beside a wall clock that is stepped, which alone begins nothing', async () => {
    const { server, slow } = await scene();
    const daemon = await Daemon.start({ config: CONFIG(server.pids[0]!), wrap: STEPPED });
    await armed(daemon);
    await staysCalm(daemon, 10);
    await slow();
    await drifts(daemon, FOUND_SECONDS);
    await settles(daemon, FOUND_SECONDS);
    await sleep(5000);
    assert.deepEqual(episodeLines(daemon), ['began']);
  });

  it('ends once, when a minute has been calm; what goes away within a window begins none', async () => {
    const { server, slow, heal } = await scene();
    const daemon = await Daemon.start({ config: CONFIG(server.pids[0]!) });
    await armed(daemon);
    await slow();
    await drifts(daemon, FOUND_SECONDS);
    await heal();
    await ends(daemon);
    assert.doesNotMatch(await daemon.metrics(), /^pooldrift_drift_episode/m);
    await slow();
    await sleep(2000);
    await heal();
    await staysCalm(daemon, 15);
    assert.deepEqual(episodeLines(daemon), ['began', 'ended']);
  });

  it('begins anew by hand', async () => {
    const { server, slow } = await scene();
    const daemon = await Daemon.start({ config: CONFIG(server.pids[0]!) });
    await armed(daemon);
    await slow();
    await drifts(daemon, FOUND_SECONDS);
    await settles(daemon, FOUND_SECONDS);
    const { code, err } = await pooldrift(['baseline', 'p', `--url=${daemon.url}`]);
    assert.equal(code, 0, err);
    const anew = await requestsOf(daemon);
    assert.deepEqual([anew!.drifting, anew!.baselineP99Seconds], [false, null]);
    assert.ok(anew!.armedInSeconds! > 5, `${anew!.armedInSeconds} s`);
    assert.deepEqual(episodeLines(daemon), ['began', 'ended']);
    const { baselineP99Seconds } = await armed(daemon);
    within(baselineP99Seconds!, 0.0402, 0.15, 'P99 of the baseline'); // what is normal from now on
    await staysCalm(daemon, 5);
  });

  it('begins anew where the pool restarts with another size in the middle of an episode', async () => {
    const net = network();
    const exe = join(folder(), 'goserver');
    copyFileSync(workload('goserver'), exe);
    const group = favoured('restart');
    const begin = async (procs: number) => {
      const pool = await goPool(net.server, exe, procs);
      const client = await startClient(net.client, net.server.address, GO_PORT, GO_LOAD);
      for (const { pid } of [pool, client]) group.add(pid);
      client.begin();
      return { pool, client };
    };
    const { pool, client } = await begin(2);
    const daemon = await Daemon.start({ config: CONFIG(pool.pid).replace(/pid: \d+/, `exe: ${exe}`) });
    await armed(daemon);
    pool.write('steps sleep=40000');
    await drifts(daemon, FOUND_SECONDS);
    await settles(daemon, FOUND_SECONDS);
    await client.end();
    await pool.stop();
    await begin(4);
    await until('its new size', async () => (await daemon.pool('p'))?.size === 4);
    await ends(daemon, ANEW_SECONDS);
    await daemon.says(/another size \(4, it was 2\)/, AT_ONCE_SECONDS);
    assert.equal((await requestsOf(daemon))!.baselineP99Seconds, null);
    await armed(daemon);
    assert.deepEqual(episodeLines(daemon), ['began', 'ended']);
  });
});

function goPool(at: Side, exe: string, procs: number): Promise<Workload> {
  const env = { ...process.env, GOMAXPROCS: String(procs) };
  return startProgramIn(at, exe, [`:${GO_PORT}`, 'sleep=10000'], env);
}

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
