import assert from 'node:assert/strict';
import { Alerting, type AlertingOptions } from '../../../src/alerting/alerting.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { loadRules } from '../../../src/rules/load/load.ts';
import type { Alert } from '../../../src/rules/run/alerts.ts';
import { defer } from '../../lib/cleanup.ts';
import { until } from '../scrape/server.ts';
import { opened } from '../state/state.ts';

const RULES = `groups:
  - name: g
    rules:
      - { alert: High, expr: a > 5, annotations: { summary: 'it is {{ $value }}' } }
      - { record: twice, expr: x + on () x }
`;
const VALUES = { a: 9 };

function groups(source = RULES) {
  const { groups: loaded, faults } = loadRules(source, 'r.yaml');
  assert.deepEqual(faults, []);
  return loaded;
}

function start(folder?: string, change: Partial<AlertingOptions> = {}) {
  const { config } = parseConfig('interval: 1s\ninstance: n', 'c.yaml', 'host');
  const { state, log, folder: at } = opened(folder);
  const wanted: (readonly string[] | null)[] = [];
  const alerting = Alerting.start({
    config: config!,
    groups: groups(),
    families: async () =>
      Object.entries(VALUES).map(([name, value]) => ({
        metric: { name, type: 'gauge', unit: '', help: '' },
        points: [{ labels: '', value }],
      })),
    scrapes: {
      samples: () =>
        new Map([
          [
            'p',
            {
              atMs: performance.now() - 5,
              samples: ['1', '2'].map((i) => ({ name: 'x', labels: `{i="${i}"}`, value: 1 })),
            },
          ],
        ]),
      wantSamples: (names) => wanted.push(names && [...names]),
    },
    state,
    log: Object.assign(log, { error: log.warn }),
    ...change,
  });
  let open = true;
  const close = async () => {
    if (open) await alerting.close();
    open = false;
    state.close();
  };
  defer(close);
  return { alerting, config: config!, log, folder: at, wanted, close };
}

describe('the rules in the daemon', () => {
  it('are evaluated over its own samples and those of scrapes; what fires and what fails is said once', async () => {
    const { alerting, log, wanted } = start();
    await until(() => alerting.read().evaluations >= 4);
    const { alerts, rules, evaluations, failures, series, samplesTaken, lastSeconds } = alerting.read();
    assert.deepEqual(
      alerts.map(({ labels, phase }) => [labels.text, phase]),
      [['{alertname="High",instance="n",job="pooldrift"}', 'firing']],
    );
    assert.deepEqual([rules, series], [2, 5]);
    assert.deepEqual([failures, samplesTaken], [evaluations / 2, (evaluations / 2) * 3]);
    assert.ok(lastSeconds! > 0 && lastSeconds! < 1);
    assert.deepEqual(wanted, [['a', 'x']]);
    assert.equal(log.lines.filter((line) => line.includes('High')).length, 1);
    assert.match(log.lines.join('\n'), /^info: alert High\{instance="n",job="pooldrift"\} fires: it is 9$/m);
    assert.match(log.lines.join('\n'), /^warn: rule twice: .*many-to-many/m);
    assert.equal(log.lines.filter((line) => line.includes('twice')).length, 1);
  });

  it('go on where they are the same after a reload, under another instance too', async () => {
    const { alerting, config } = start();
    await until(() => alerting.read().alerts.length === 1);
    const [before] = alerting.read().alerts as Alert[];
    alerting.reload(config, groups());
    assert.deepEqual(
      [alerting.read().alerts[0]!.phase, alerting.read().alerts[0]!.firedAtMs],
      ['firing', before!.firedAtMs],
    );
    alerting.reload({ ...config, instance: 'm' }, groups());
    await until(() => alerting.read().alerts.length === 2);
    assert.deepEqual(
      alerting.read().alerts.map(({ labels, phase }) => [labels.get('instance'), phase]),
      [
        ['n', 'resolved'],
        ['m', 'firing'],
      ],
    );
    alerting.reload(config, []);
    assert.deepEqual([alerting.read().alerts, alerting.read().rules], [[], 0]);
  });

  it('have their alerts after a restart before there is a sample, and say nothing of them', async () => {
    const first = start();
    await until(() => first.alerting.read().alerts.length === 1);
    const before = first.alerting.read().alerts[0]!;
    await first.close();
    const second = start(first.folder, { families: async () => [] });
    assert.deepEqual(second.alerting.read().alerts[0]!.firedAtMs, before.firedAtMs);
    await until(() => second.alerting.read().evaluations >= 2);
    assert.equal(second.alerting.read().alerts[0]!.phase, 'firing', 'held: nothing is known yet');
    assert.deepEqual(
      second.log.lines.filter((line) => line.includes('High')),
      [],
    );
  });

  it('say it once where they could not be evaluated, and go on', async () => {
    let asked = 0;
    const families = async () => {
      asked++;
      throw new Error('no figures');
    };
    const { alerting, log } = start(undefined, { families });
    await until(() => asked >= 2);
    assert.equal(alerting.read().lastSeconds, null);
    assert.equal(log.lines.filter((line) => line.includes('no figures')).length, 1);
  });
});
