import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Labels } from '../../src/rules/labels.ts';
import { loadRules } from '../../src/rules/load/load.ts';
import type { Alert } from '../../src/rules/run/alerts.ts';
import { Rules } from '../../src/rules/run/rules.ts';
import { Store } from '../../src/rules/store/store.ts';
import { ALERTMANAGER, Alertmanager, type Shown } from '../lib/alertmanager.ts';
import { has } from '../lib/build.ts';
import { freePort } from '../lib/ports.ts';
import { skip } from '../lib/skip.ts';
import { rawTarget } from '../unit/scrape/server.ts';
import { at, firing, resolved, sender, until } from './sender.ts';

const shows = async (server: Alertmanager, count: number) => (await server.shown()).length === count;
const names = (shown: Shown[]) => shown.map(({ labels }) => labels.alertname);
const iso = (ms: number) => new Date(ms).toISOString();

/** One rule, `x > 5`, in a life of its own. */
function rules(): { rules: Rules; evaluate: (x: number, timeMs: number) => Alert[] } {
  const source = {
    groups: [{ name: 'g', rules: [{ alert: 'High', expr: 'x > 5', labels: { severity: 'critical' } }] }],
  };
  const { groups, faults } = loadRules(JSON.stringify(source), 'r.yaml');
  assert.deepEqual(faults, []);
  const store = new Store({ seriesMax: 100, bytesMax: 2 ** 20, keepMs: 0 });
  const made = new Rules(store, { samplesMax: 1000, externalLabels: Labels.NONE, intervalMs: 1000 });
  made.replace(groups, Date.now());
  const evaluate = (x: number, timeMs: number) => {
    store.append(Labels.of({ __name__: 'x', instance: 'node-17' }), timeMs, x);
    made.evaluate(timeMs);
    return made.alerts();
  };
  return { rules: made, evaluate };
}

describe('a real Alertmanager', function () {
  this.timeout(60_000);
  beforeEach(function () {
    const missing = [ALERTMANAGER, 'amtool'].filter((program) => !has(program));
    skip(this, missing.length > 0 ? `not installed: ${missing}` : null);
  });

  it('shows an alert as it is, and no longer when it is resolved', async () => {
    const server = await Alertmanager.start();
    const out = sender([at(server.url)], { externalLabels: { zone: 'eu', pool: 'not this one' } });
    const odd = { pool: 'checkout', odd: 'a"b\\c\nd\u2028 größe 🐘', __proto: 'x' };
    const alert = firing('Drift', odd);
    out.tick([alert], Date.now());
    await until(() => shows(server, 1));
    const [shown] = await server.shown();
    assert.deepEqual(shown!.labels, { ...odd, alertname: 'Drift', zone: 'eu' });
    assert.deepEqual(shown!.annotations, { summary: 'Drift says so' });
    assert.equal(iso(Date.parse(shown!.startsAt)), iso(alert.firedAtMs!));
    out.tick([resolved(alert)], Date.now());
    await until(() => shows(server, 0));
    assert.equal(await server.received('resolved'), 1);
    assert.equal(out.counters().instances[0]!.sent, 2);
  });

  it('has an alert while it is sent again, and no longer when nothing more is heard', async () => {
    const server = await Alertmanager.start();
    const out = sender([at(server.url)]);
    const alert = firing('Drift');
    out.tick([alert], Date.now());
    await until(() => shows(server, 1));
    const endMs = Date.now() + 5500; // an alert that is not heard of again ends after 4 s
    while (Date.now() < endMs) {
      out.tick([alert], Date.now());
      await sleep(250);
      assert.ok(await shows(server, 1));
    }
    const received = await server.received('firing');
    assert.ok(received >= 3 && received <= 8, `${received} in 5.5 s`);
    await until(() => shows(server, 0));
  });

  it('sees one alert of a rule through a restart of daemon and sender', async () => {
    const server = await Alertmanager.start();
    const [before, first] = [rules(), sender([at(server.url)])];
    const startMs = Date.now() - 60_000;
    first.tick(before.evaluate(9, startMs), startMs + 60_000);
    await until(() => shows(server, 1));
    const saved = JSON.stringify(before.rules.save());
    await first.close();
    const [after, second] = [rules(), sender([at(server.url)])];
    assert.ok(after.rules.restore(JSON.parse(saved)));
    second.tick(after.evaluate(9, Date.now()), Date.now());
    await until(async () => (await server.received('firing')) === 2);
    const [shown, ...others] = await server.shown();
    assert.deepEqual([Date.parse(shown!.startsAt), others.length], [startMs, 0]);
    assert.equal(await server.received('resolved'), 0);
    await sleep(1000);
    second.tick(after.evaluate(1, Date.now()), Date.now());
    await until(() => shows(server, 0));
    assert.equal(await server.received('resolved'), 1, 'it was told, not forgotten');
  });

  it('that was down hears of all, with the times at which it was', async () => {
    const port = await freePort();
    const out = sender([at(`http://127.0.0.1:${port}`)]);
    const alerts = Array.from({ length: 200 }, (_, i) => firing(`A${String(i).padStart(3, '0')}`));
    const over = firing('Over');
    const endMs = Date.now() + 4000;
    while (Date.now() < endMs) {
      out.tick([...alerts, Date.now() < endMs - 2000 ? over : resolved(over)], Date.now());
      await sleep(250);
    }
    const { errors, queueLength } = out.counters().instances[0]!;
    assert.ok(errors >= 128 && queueLength >= 137, `${errors} errors, ${queueLength} wait`);
    const server = await Alertmanager.start(port);
    await until(() => {
      out.tick([...alerts, resolved(over)], Date.now());
      return shows(server, 200);
    }, 20);
    assert.deepEqual(
      names(await server.shown()),
      alerts.map(({ labels }) => labels.get('alertname')),
    );
    for (const [i, { startsAt }] of (await server.shown()).entries())
      assert.equal(Date.parse(startsAt), alerts[i]!.firedAtMs);
    assert.ok((await server.received('resolved')) > 0);
    const { droppedFull, droppedRefused } = out.counters().instances[0]!;
    assert.deepEqual([droppedFull, droppedRefused], [0, 0]);
  });

  it('is not held up by another that hangs, nor is the event loop', async () => {
    const server = await Alertmanager.start();
    const hanging = await rawTarget(() => {});
    const out = sender([at(hanging.origin, { timeoutSeconds: 60 }), at(server.url)]);
    const alerts = Array.from({ length: 2000 }, (_, i) => firing(`A${i}`));
    const before = process.cpuUsage();
    out.tick(alerts, Date.now());
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 250_000, `${user + system} µs for 2,000 alerts`);
    await until(async () => (await server.received('firing')) === 2000);
    const [first, second] = out.counters().instances;
    assert.deepEqual([first!.sent, first!.queueLength, second!.sent, second!.queueLength], [0, 1936, 2000, 0]);
    const closeMs = performance.now();
    await out.close();
    assert.ok(performance.now() - closeMs < 4500, 'close() waits for 3 s at most');
  });

  it('gets what is valid of a batch; what is not is counted', async () => {
    const server = await Alertmanager.start();
    const out = sender([at(server.url)]);
    const bad = [firing('B', { 'a-b': 'x' }), { ...firing('C'), firedAtMs: Number.NaN }];
    out.tick([firing('A'), ...bad, firing('D', { long: 'x'.repeat(2 ** 20) })], Date.now());
    await until(() => shows(server, 2));
    const [, long] = await server.shown();
    assert.equal(Buffer.byteLength(long!.labels.long!), 4096);
    assert.equal(await server.invalid(), 0);
    const { invalid, textsCut } = out.counters();
    assert.deepEqual([invalid, textsCut], [2, 1]);
  });
});
