import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiAlerts } from '../../src/outputs/api_alerts.ts';
import { ALERTMANAGER, Alertmanager, type Shown } from '../lib/alertmanager.ts';
import { has } from '../lib/build.ts';
import { freePort } from '../lib/ports.ts';
import { skip } from '../lib/skip.ts';
import { textTarget } from '../unit/scrape/server.ts';
import { Daemon, folder, until } from './daemon.ts';
import { end, program } from './program.ts';

/** Fires while the pool has a process; the second one only after it has been seen for some seconds. */
const RULES = `groups:
  - name: own
    rules:
      - alert: Inhabited
        expr: pooldrift_pool_threads{pool="a"} > 0
        labels: { severity: info }
        annotations: { summary: '{{ $labels.pool }} has {{ $value }} thread on {{ $labels.instance }}' }
      - alert: Steady
        expr: count_over_time(pooldrift_pool_threads{pool="a"}[20s]) >= 3
      - { alert: Long, expr: queue_length > 5 and on (pool) up == 1 }
`;
const BAD = `groups:
  - name: own
    rules:
      - alert: Inhabited
        expr: pooldrift_pool_threads > 0 and holt_winters(x[5m], 0.5, 0.5)
`;

type Scene = { config: string; flags: string[]; rules: string };

/** A pool of one process, a rule file about it, and where its alerts go. */
function scene(pid: number, alertmanager: string, more = '', rules = RULES): Scene {
  const at = folder();
  const file = join(at, 'own.yaml');
  writeFileSync(file, rules, { mode: 0o600 });
  const config = `interval: 1s
instance: node-17
pools: [ { name: a, match: { pid: ${pid} } ${more} } ]
rule_files: [ ${at}/*.yaml ]
alerting: { alertmanagers: [ "${alertmanager}" ], resend_delay: 1s, external_labels: { cluster: eu } }
`;
  return { config, flags: [`--state.dir=${at}/state`], rules: file };
}

async function shown(server: Alertmanager, name: string): Promise<Shown | undefined> {
  return (await server.shown()).find(({ labels }) => labels.alertname === name);
}

function shows(server: Alertmanager, name = 'Inhabited'): Promise<Shown> {
  return until(`${name} is shown`, () => shown(server, name), 20);
}

async function metric(daemon: Daemon, series: string): Promise<number> {
  const line = (await daemon.metrics()).split('\n').find((each) => each.startsWith(`${series} `));
  assert.ok(line, `no ${series}`);
  return Number(line.slice(series.length));
}

/** Until the server has heard of what fires so many times more. */
async function hearsAgain(server: Alertmanager, times: number): Promise<void> {
  const before = await server.received('firing');
  await until('it is sent again', async () => (await server.received('firing')) >= before + times, 20);
}

describe('alerts', function () {
  this.timeout(90_000);
  beforeEach(function () {
    const missing = [ALERTMANAGER, 'amtool'].filter((each) => !has(each));
    skip(this, missing.length > 0 ? `not installed: ${missing}` : null);
  });

  it('of the daemon and of scrapes arrive with their labels, are seen in the API and metrics, and are resolved', async () => {
    const server = await Alertmanager.start();
    const url = await textTarget('# TYPE queue_length gauge\nqueue_length{queue="mail",pool="x"} 7\n');
    const pool = await program('sleep', ['1000']);
    const daemon = await Daemon.start(scene(pool.pid, server.url, `, scrape: { url: "${url}", interval: 1s }`));
    const { labels, annotations } = await shows(server);
    const daemons = { instance: 'node-17', job: 'pooldrift' };
    const own = { alertname: 'Inhabited', severity: 'info', pool: 'a', ...daemons };
    assert.deepEqual(labels, { ...own, cluster: 'eu' });
    assert.deepEqual(annotations, { summary: 'a has 1 thread on node-17' });
    const scraped = { alertname: 'Long', queue: 'mail', exported_pool: 'x', pool: 'a' };
    assert.deepEqual((await shows(server, 'Long')).labels, { ...scraped, ...daemons, cluster: 'eu' });

    await daemon.says(/alert Inhabited.* fires: a has 1 thread on node-17/);
    const api = (await (await fetch(`${daemon.url}/api/v1/alerts`)).json()) as ApiAlerts;
    const found = api.alerts.find((alert) => alert.labels.alertname === 'Inhabited')!;
    assert.deepEqual([found.labels, found.state, found.value], [own, 'firing', '1']);
    assert.equal(await metric(daemon, 'pooldrift_alerts{alertname="Inhabited",severity="info",state="firing"}'), 1);
    assert.ok((await metric(daemon, 'pooldrift_rules')) > 10, 'the built-in ones too');
    assert.equal(await metric(daemon, 'pooldrift_rule_evaluation_failures_total'), 0);

    await end(pool);
    await until('it is resolved', async () => !(await shown(server, 'Inhabited')));
    assert.ok((await server.received('resolved')) > 0);
    await daemon.says(/alert Inhabited.* is resolved/);
  });

  it('are the same ones after SIGKILL and after a bad reload, none is resolved in between', async () => {
    const server = await Alertmanager.start();
    const pool = await program('sleep', ['1000']);
    const options = scene(pool.pid, server.url);
    const first = await Daemon.start(options);
    const begins = async () => [await shows(server), await shows(server, 'Steady')].map(({ startsAt }) => startsAt);
    const before = await begins();
    await first.stop('SIGKILL');
    const second = await Daemon.start(options);
    await hearsAgain(server, 10); // two alerts, each second: there is enough to look back on again
    assert.deepEqual(await begins(), before);
    assert.doesNotMatch(second.log, / fires: /, 'it was told before');

    writeFileSync(options.rules, BAD);
    second.child.kill('SIGHUP');
    await second.says('the old configuration stays in force');
    assert.ok(second.log.includes(`reload: ${options.rules}:5:46: expr: `), second.log);
    assert.equal(await metric(second, 'pooldrift_config_last_reload_successful'), 0);
    const evaluations = await metric(second, 'pooldrift_rule_evaluations_total');
    await hearsAgain(server, 4);
    assert.ok((await metric(second, 'pooldrift_rule_evaluations_total')) > evaluations);
    assert.deepEqual(await begins(), before);
    assert.equal(await server.received('resolved'), 0);

    writeFileSync(options.rules, RULES.replaceAll('Inhabited', 'Renamed'));
    second.child.kill('SIGHUP');
    await second.says('configuration reloaded');
    await shows(server, 'Renamed');
    assert.equal(await metric(second, 'pooldrift_config_last_reload_successful'), 1);
  });

  it('wait for an Alertmanager that comes later, and go to another one after a reload', async () => {
    const port = await freePort();
    const pool = await program('sleep', ['1000']);
    const options = scene(pool.pid, `http://127.0.0.1:${port}`);
    const daemon = await Daemon.start(options);
    await daemon.says(`alertmanager http://127.0.0.1:${port}: connection refused`);
    const beforeMs = Date.now();
    const one = await Alertmanager.start(port);
    const { startsAt } = await shows(one);
    assert.ok(Date.parse(startsAt) < beforeMs, 'since it fired, not since it was heard of');

    const other = await Alertmanager.start();
    writeFileSync(daemon.configFile, options.config.replace(one.url, other.url));
    daemon.child.kill('SIGHUP');
    await daemon.says('configuration reloaded');
    assert.equal((await shows(other)).startsAt, startsAt);
    assert.equal(await one.received('resolved'), 0);
    assert.match(await daemon.metrics(), new RegExp(`notifications_sent_total{alertmanager="${other.url}"}`));
  });

  it('a bad rule file at the start, or one that others can write: none, and where the fault is', async () => {
    const options = scene(1, 'http://127.0.0.1:9', '', BAD);
    const bad = await Daemon.spawn(options);
    assert.equal(await bad.ends(), 1);
    assert.match(bad.log, new RegExp(`^pooldrift: ${options.rules}:5:46: expr: `, 'm'));
    writeFileSync(options.rules, RULES);
    chmodSync(options.rules, 0o666);
    const open = await Daemon.spawn(options);
    assert.equal(await open.ends(), 1);
    assert.match(open.log, new RegExp(`${options.rules}:1:1: everybody can write it`));
  });
});
