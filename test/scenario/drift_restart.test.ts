import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { workload } from '../lib/build.ts';
import { favoured } from '../lib/cgroup.ts';
import { startClient } from '../lib/client.ts';
import { within } from '../lib/compare.ts';
import { network, type Side, startProgramIn } from '../lib/netns.ts';
import { skip } from '../lib/skip.ts';
import type { Workload } from '../lib/workload.ts';
import { Daemon, folder, until } from './daemon.ts';
import {
  armed,
  CONFIG,
  drifts,
  ends,
  episodeLines,
  noScene,
  requestsOf,
  scene,
  settles,
  staysCalm,
} from './drift_scene.ts';
import { pooldrift } from './verb.ts';

const FOUND_SECONDS = 20;
/** A daemon that was armed is armed as soon as it has seen its pool. */
const AT_ONCE_SECONDS = 5;
/** Its size is compared when it has started up, three windows later. */
const ANEW_SECONDS = 30;
const GO_PORT = 8310;
const GO_LOAD = { connections: 64, ratePerSecond: 500, seconds: 200 };

/** The same from one daemon to the next: the wall clock's own steps are no larger. */
function same(since: string, before: string): void {
  const offMs = Date.parse(since) - Date.parse(before);
  assert.ok(Math.abs(offMs) < 50, `since ${since}, it was ${before}`);
}

describe('what is normal and what has drifted, over a restart', function () {
  this.retries(1); // others on a shared machine take CPUs too
  this.timeout(300_000);

  beforeEach(function () {
    skip(this, noScene());
  });

  it('is neither lost nor doubled by SIGTERM and SIGKILL: the same baseline, since and cause', async () => {
    const { server, slow, heal } = await scene();
    const flags = [`--state.dir=${join(folder(), 'state')}`];
    const start = () => Daemon.start({ config: CONFIG(server.pids[0]!), flags });
    const first = await start();
    const { baselineP99Seconds: was } = await armed(first);
    await first.stop('SIGTERM');

    const second = await start();
    const { baselineP99Seconds: kept } = await armed(second, AT_ONCE_SECONDS);
    within(kept!, was!, 0.05, 'P99 of the baseline that was kept');
    await staysCalm(second, 10);
    await slow();
    const { since } = await drifts(second, FOUND_SECONDS);
    const cause = await settles(second, FOUND_SECONDS);
    await sleep(1000);
    await second.stop('SIGKILL');

    const third = await start();
    const again = await drifts(third, AT_ONCE_SECONDS);
    same(again.since, since);
    assert.deepEqual([again.cause, again.armedInSeconds], [cause, 0]);
    await sleep(5000);
    await third.stop('SIGTERM');

    const fourth = await start();
    const last = await drifts(fourth, AT_ONCE_SECONDS);
    same(last.since, since);
    assert.equal(last.cause, cause);
    await heal();
    await ends(fourth);
    assert.deepEqual([first, second, third, fourth].flatMap(episodeLines), ['began', 'ended']);
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
