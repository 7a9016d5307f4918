import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../lib/compare.ts';
import { skip } from '../lib/skip.ts';
import { Daemon, folder } from './daemon.ts';
import { armed, CONFIG, drifts, episodeLines, noScene, scene, settles, staysCalm } from './drift_scene.ts';

const FOUND_SECONDS = 20;
/** A daemon that was armed is armed as soon as it has seen its pool. */
const AT_ONCE_SECONDS = 5;

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
    const { server, slow } = await scene();
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
    await sleep(2000);
    assert.deepEqual([first, second, third, fourth].flatMap(episodeLines), ['began']);
  });
});
