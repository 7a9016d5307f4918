import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Shown } from '../lib/alertmanager.ts';
import { Prometheus } from '../lib/prometheus.ts';
import { skip } from '../lib/skip.ts';
import { CAUSE, DRIFT, INSTANCE, noAlerting, shownDrift, stage } from './alerts_scene.ts';
import { type Daemon, until } from './daemon.ts';
import { armed, episodeLines } from './drift_scene.ts';
import { pooldrift } from './verb.ts';

const TOLD_SECONDS = 30;
/** Alertmanager has told its webhook by then. */
const SENT_MS = 2000;
/** A calm minute ends an episode; beside strangers on the CPUs it comes later. */
const OVER_SECONDS = 150;

/** A real one that scrapes the daemon, with the rules as pooldrift prints them. */
async function prometheusOf(daemon: Daemon): Promise<Prometheus> {
  const { code, out, err } = await pooldrift(['rules']);
  assert.equal(code, 0, err);
  const server = await Prometheus.start();
  const relabel_configs = [{ target_label: 'instance', replacement: INSTANCE }];
  const static_configs = [{ targets: [`127.0.0.1:${daemon.port}`] }];
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    scrape_configs: [{ job_name: 'pooldrift', static_configs, relabel_configs }],
  };
  await server.reload(config, { 'pooldrift.rules.yml': out });
  return server;
}

/** What is in an alert whoever evaluates it; the number in the description is of its moment. */
function told({ labels, annotations }: Pick<Shown, 'labels' | 'annotations'>) {
  const { summary, runbook_url } = annotations;
  return { labels, summary, runbook_url };
}

describe('a CPU quota that is set on a Go server under load', function () {
  this.timeout(300_000);

  beforeEach(function () {
    skip(this, noAlerting());
  });

  it('is an alert with its cause within 30 s, the same in Prometheus, one through SIGKILL, and resolved', async () => {
    const { throttle, release, hook, manager, daemon } = await stage();
    const first = await daemon();
    const prometheus = await prometheusOf(first);
    await armed(first);
    assert.deepEqual(hook.of(DRIFT), [], first.log);

    const truthMs = throttle();
    const shown = await until('the alert', () => shownDrift(manager), TOLD_SECONDS);
    assert.ok(Date.now() - truthMs < TOLD_SECONDS * 1000);
    const own = { alertname: DRIFT, severity: 'warning', pool: 'p', cause: CAUSE };
    assert.deepEqual(shown.labels, { ...own, instance: INSTANCE, job: 'pooldrift' });
    const startsMs = Date.parse(shown.startsAt);
    assert.ok(startsMs > truthMs && startsMs < Date.now(), shown.startsAt);
    const theirs = await until('the alert in Prometheus', async () =>
      (await prometheus.alerts()).find(({ labels, state }) => labels.alertname === DRIFT && state === 'firing'),
    );
    assert.deepEqual(told(theirs), told(shown));

    await first.stop('SIGKILL');
    const sent = await manager.received('firing');
    const second = await daemon();
    const releasedMs = release(); // the alert goes on: a calm minute is to come
    await until('another sending', async () => (await manager.received('firing')) > sent);
    await sleep(SENT_MS);
    assert.equal((await shownDrift(manager))?.startsAt, shown.startsAt);
    assert.equal(await manager.received('resolved'), 0);
    assert.deepEqual(
      hook.of(DRIFT).map(({ status }) => status),
      ['firing'],
    );
    await until('the end of the alert', async () => !(await shownDrift(manager)), OVER_SECONDS);
    await until('its notification', () => hook.of(DRIFT).length > 1);
    const [begun, over, ...more] = hook.of(DRIFT);
    assert.deepEqual([begun!.status, over!.status, more], ['firing', 'resolved', []]);
    assert.deepEqual([over!.startsAt, over!.labels], [begun!.startsAt, begun!.labels]);
    assert.ok(Date.parse(over!.endsAt) > releasedMs, over!.endsAt);
    assert.match(second.log, /P99 is back to its baseline/);
    assert.deepEqual([first, second].flatMap(episodeLines), ['began', 'ended']);
  });
});
