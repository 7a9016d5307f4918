import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../lib/compare.ts';
import { skip } from '../lib/skip.ts';
import { Daemon } from './daemon.ts';
import { armed, CONFIG, drifts, ends, episodeLines, noScene, scene, settles, staysCalm } from './drift_scene.ts';
import { pooldrift } from './verb.ts';

const FOUND_SECONDS = 20;
const SINCE_MS = 3000;

const value = (metrics: string, name: string) =>
  Number(new RegExp(`^${name}\\{pool="p"\\} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN);

describe('a P99 that doubles at 1,000 requests/s', function () {
  this.retries(1); // others on a shared machine take CPUs too
  this.timeout(240_000);

  beforeEach(function () {
    skip(this, noScene());
  });

  it('is told once, within 20 s, since when and why; and when it is over', async () => {
    const { server, slow, heal } = await scene();
    const daemon = await Daemon.start({ config: CONFIG(server.pids[0]!) });
    const { baselineP99Seconds } = await armed(daemon);
    within(baselineP99Seconds!, 0.0201, 0.15, 'P99 of the baseline'); // 10 ms x exp(0.3 x 2.326)
    await staysCalm(daemon, 5);
    assert.doesNotMatch(await daemon.metrics(), /^pooldrift_drift_episode/m);

    const truthMs = await slow();
    const { since } = await drifts(daemon, FOUND_SECONDS);
    const offMs = Date.parse(since) - truthMs;
    assert.ok(Math.abs(offMs) <= SINCE_MS, `since ${offMs} ms after the truth`);
    assert.equal(await settles(daemon, FOUND_SECONDS), 'downstream');
    const during = await daemon.metrics();
    within(value(during, 'pooldrift_request_p99_baseline_seconds'), 0.0201, 0.15, 'P99 of the baseline');
    within(value(during, 'pooldrift_request_p99_drift_ratio'), 2, 0.15, 'ratio');
    assert.match(during, /^pooldrift_drift_episode\{pool="p",cause="downstream"\} 1$/m);
    const { out } = await pooldrift(['explain', 'p', `--url=${daemon.url}`]);
    assert.match(out, /^P99 .* -> .* x\d\.\d\d .*since \d\d:\d\d:\d\d/m);
    assert.match(out, /^Cause +downstream/m);

    await heal();
    await ends(daemon);
    assert.doesNotMatch(await daemon.metrics(), /^pooldrift_drift_episode/m);
    await slow(); // what goes away within a window is no episode
    await sleep(2000);
    await heal();
    await staysCalm(daemon, 15);
    assert.deepEqual(episodeLines(daemon), ['began', 'ended']);
  });
});
