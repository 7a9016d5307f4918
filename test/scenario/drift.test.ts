import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../lib/compare.ts';
import { skip } from '../lib/skip.ts';
import { Daemon, folder } from './daemon.ts';
import { armed, CONFIG, drifts, episodeLines, noScene, scene, settles, staysCalm } from './drift_scene.ts';
import { pooldrift } from './verb.ts';

const FOUND_SECONDS = 20;
const SINCE_MS = 3000;
/** 10 ms x exp(0.3 x 2.326), and what a busy machine adds: then twice as slow behind is less than twice as slow. */
const USUAL_P99_SECONDS = [0.0181, 0.03] as const;
const RATIO = [1.4, 2.3] as const;
/** A daemon that was armed is armed as soon as it has seen its pool. */
const AT_ONCE_SECONDS = 10;

const value = (metrics: string, name: string) =>
  Number(new RegExp(`^${name}\\{pool="p"\\} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN);

function between(actual: number, [least, most]: readonly [number, number], what: string): void {
  assert.ok(actual >= least && actual <= most, `${what}: ${actual}, not ${least} to ${most}`);
}

/** Daemons one after the other on one state folder, over one episode. */
class Successors {
  readonly all: Daemon[] = [];
  readonly #options: { config: string; flags: string[] };
  #episode: { since: string; cause: string } | null = null;

  constructor(config: string) {
    this.#options = { config, flags: [`--state.dir=${join(folder(), 'state')}`] };
  }

  get last(): Daemon {
    return this.all.at(-1)!;
  }

  async next(): Promise<Daemon> {
    const made = await Daemon.start(this.#options);
    this.all.push(made);
    return made;
  }

  async replace(signal: NodeJS.Signals): Promise<Daemon> {
    await this.last.stop(signal);
    return this.next();
  }

  /** Waits for the episode and its cause. */
  async find(): Promise<void> {
    const { since } = await drifts(this.last, FOUND_SECONDS);
    this.#episode = { since, cause: await settles(this.last, FOUND_SECONDS) };
  }

  /** The next one goes on with the same episode; the wall clock's own steps are no larger. */
  async goesOn(): Promise<void> {
    const { since, cause, armedInSeconds } = await drifts(this.last, AT_ONCE_SECONDS);
    const offMs = Date.parse(since) - Date.parse(this.#episode!.since);
    assert.ok(Math.abs(offMs) < 50, `since ${since}, it was ${this.#episode!.since}`);
    assert.deepEqual([cause, armedInSeconds], [this.#episode!.cause, 0]);
  }
}

async function assertTold(daemon: Daemon, slowedMs: number): Promise<void> {
  const { since } = await drifts(daemon, FOUND_SECONDS);
  const offMs = Date.parse(since) - slowedMs;
  assert.ok(Math.abs(offMs) <= SINCE_MS, `since ${offMs} ms after the truth`);
  assert.equal(await settles(daemon, FOUND_SECONDS), 'downstream');
  const metrics = await daemon.metrics();
  between(value(metrics, 'pooldrift_request_p99_baseline_seconds'), USUAL_P99_SECONDS, 'P99 of the baseline');
  between(value(metrics, 'pooldrift_request_p99_drift_ratio'), RATIO, 'ratio');
  assert.match(metrics, /^pooldrift_drift_episode\{pool="p",cause="downstream"\} 1$/m);
  const { out } = await pooldrift(['explain', 'p', `--url=${daemon.url}`]);
  assert.match(out, /^P99 .* -> .* x\d\.\d\d .*since \d\d:\d\d:\d\d/m);
  assert.match(out, /^Cause +downstream/m);
}

describe('a P99 that doubles at 1,000 requests/s', function () {
  this.timeout(180_000);

  beforeEach(function () {
    skip(this, noScene());
  });

  // Its end takes a calm minute: test/long/drift_more.test.ts. Two daemons share the wait for a baseline.
  it('is told once, within 20 s, since when and why; neither lost nor doubled by SIGTERM and SIGKILL', async () => {
    const { server, slow } = await scene();
    const config = CONFIG(server.pids[0]!);
    const daemon = await Daemon.start({ config });
    const successors = new Successors(config);
    const [own, { baselineP99Seconds: was }] = await Promise.all([armed(daemon), armed(await successors.next())]);
    between(own.baselineP99Seconds!, USUAL_P99_SECONDS, 'P99 of the baseline');
    const { baselineP99Seconds: kept } = await armed(await successors.replace('SIGTERM'), AT_ONCE_SECONDS);
    within(kept!, was!, 0.05, 'P99 of the baseline that was kept');
    await Promise.all([daemon, successors.last].map((each) => staysCalm(each, 5)));
    assert.doesNotMatch(await daemon.metrics(), /^pooldrift_drift_episode/m);

    const slowedMs = await slow();
    await Promise.all([assertTold(daemon, slowedMs), successors.find()]);
    await sleep(1000);
    await successors.replace('SIGKILL');
    await successors.goesOn();
    await sleep(2000);
    await successors.replace('SIGTERM');
    await successors.goesOn();
    await sleep(2000);
    assert.deepEqual(successors.all.flatMap(episodeLines), ['began']);
    assert.deepEqual(episodeLines(daemon), ['began']);
  });
});
