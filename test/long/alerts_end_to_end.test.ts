import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { skip } from '../lib/skip.ts';
import { CAUSE, DRIFT, noAlerting, shownDrift, stage } from '../scenario/alerts_scene.ts';
import { type Daemon, until } from '../scenario/daemon.ts';
import { armed, drifts, ends, episodeLines, settles } from '../scenario/drift_scene.ts';

const TOLD_SECONDS = 30;
const DOWN_MS = 60_000;
/** A calm minute ends an episode; beside strangers on the CPUs it comes later. */
const OVER_SECONDS = 150;
/** A time-out of 10 s, and the longest wait before the next try. */
const RETRY_SECONDS = 30;
const KILLS: readonly NodeJS.Signals[] = ['SIGKILL', 'SIGTERM', 'SIGKILL'];
/** Alertmanager has told its webhook by then. */
const TOLD_MS = 2000;
const SENT_SECONDS = 20;

describe('an alert of a Go server whose quota is used up, beside', function () {
  this.retries(1); // others on a shared machine take CPUs too
  this.timeout(600_000);

  beforeEach(function () {
    skip(this, noAlerting());
  });

  it('an Alertmanager that is down for a minute, when it fires and when it is over: nothing is lost', async () => {
    const { throttle, release, hook, manager, daemon } = await stage();
    const only = await daemon();
    await armed(only);
    await manager.stop();

    const truthMs = throttle();
    await drifts(only, TOLD_SECONDS);
    assert.equal(await settles(only, TOLD_SECONDS), CAUSE);
    const settledMs = Date.now();
    await sleep(Math.max(0, truthMs + DOWN_MS - Date.now()));
    await manager.run();
    const shown = await until('the alert', () => shownDrift(manager), RETRY_SECONDS);
    const startsMs = Date.parse(shown.startsAt);
    assert.ok(startsMs > truthMs && startsMs < settledMs + 2500, `${shown.startsAt}, ${startsMs - settledMs} ms`);
    assert.equal(shown.labels.cause, CAUSE);

    await manager.stop();
    const downMs = Date.now();
    const releasedMs = release();
    await ends(only, OVER_SECONDS);
    const endedMs = Date.now();
    await sleep(Math.max(0, downMs + DOWN_MS - Date.now()));
    await manager.run();
    await until('the notification of the end', () => hook.of(DRIFT).length > 1, RETRY_SECONDS);
    const [begun, over, ...more] = hook.of(DRIFT);
    assert.deepEqual([begun!.status, over!.status, more], ['firing', 'resolved', []]);
    assert.deepEqual([begun!.startsAt, over!.startsAt], [shown.startsAt, shown.startsAt]);
    const overMs = Date.parse(over!.endsAt);
    assert.ok(overMs > releasedMs && Math.abs(overMs - endedMs) < 2500, `${over!.endsAt}, ${overMs - endedMs} ms`);
    assert.deepEqual(await shownDrift(manager), undefined);
    assert.match(only.log, /P99 is back to its baseline/);
    assert.deepEqual(episodeLines(only), ['began', 'ended']);
  });

  it('daemons that are killed and ended while it fires: one notification, and one of its end', async () => {
    const { throttle, release, hook, manager, daemon } = await stage();
    let now = await daemon();
    const all: Daemon[] = [now];
    await armed(now);
    throttle();
    const { startsAt } = await until('the alert', () => shownDrift(manager), TOLD_SECONDS);
    for (const signal of KILLS) {
      await now.stop(signal);
      const sent = await manager.received('firing');
      now = await daemon();
      all.push(now);
      await until('another sending', async () => (await manager.received('firing')) > sent, SENT_SECONDS);
      await sleep(TOLD_MS);
      assert.equal((await shownDrift(manager))?.startsAt, startsAt, `after ${signal}`);
      assert.equal(hook.of(DRIFT).length, 1, `after ${signal}`);
    }
    release();
    await ends(now, OVER_SECONDS);
    await until('the notification of the end', () => hook.of(DRIFT).length > 1);
    await sleep(TOLD_MS);
    assert.deepEqual(
      hook.of(DRIFT).map((each) => [each.status, each.startsAt]),
      [
        ['firing', startsAt],
        ['resolved', startsAt],
      ],
    );
    assert.match(now.log, /P99 is back to its baseline/);
    assert.deepEqual(all.flatMap(episodeLines), ['began', 'ended']);
  });
});
