import assert from 'node:assert/strict';
import { Told } from '../../../src/alerting/told.ts';
import { Labels } from '../../../src/rules/labels.ts';
import { loadRules } from '../../../src/rules/load/load.ts';
import type { Alert, AlertPhase } from '../../../src/rules/run/alerts.ts';
import { Lines } from '../state/state.ts';

function alert(phase: AlertPhase, more: Record<string, string> = {}, annotations: Alert['annotations'] = []): Alert {
  const times = { activeAtMs: 0, firedAtMs: 0, resolvedAtMs: null, keptSinceMs: null };
  return { labels: Labels.of({ alertname: 'High', ...more }), annotations, value: 1, phase, ...times };
}

function told(): { told: Told; lines: string[] } {
  const log = new Lines();
  return { told: new Told(log), lines: log.lines };
}

describe('what the log says of alerts', () => {
  it('is that they fire, and that they are resolved, once', () => {
    const { told: of, lines } = told();
    const phases: AlertPhase[] = ['pending', 'firing', 'firing', 'resolved', 'resolved', 'pending', 'firing'];
    for (const phase of phases) of.alerts([alert(phase, { pool: 'a' }, [['summary', 'too high']])]);
    const fires = 'info: alert High{pool="a"} fires: too high';
    assert.deepEqual(lines, [fires, 'info: alert High{pool="a"} is resolved', fires]);
  });

  it('is nothing where a pending one, or one that nobody was told of, is gone', () => {
    const { told: of, lines } = told();
    of.alerts([alert('resolved')]);
    of.alerts([alert('pending')]);
    of.alerts([]);
    assert.deepEqual(lines, []);
  });

  it('is ten lines at a time, of 500 characters', () => {
    const { told: of, lines } = told();
    of.alerts(Array.from({ length: 12 }, (_, i) => alert('firing', { i: `${i}`, long: 'x'.repeat(1000) })));
    assert.equal(lines.length, 11);
    assert.equal(lines[0]!.length, 'info: '.length + 500);
    assert.equal(lines[10], 'info: and 2 alerts more');
  });

  it('is why a rule fails where that is new, and that it works again', () => {
    const { told: of, lines } = told();
    const { groups } = loadRules('groups: [ { name: g, rules: [ { record: y, expr: x } ] } ]', 'r');
    const [rule] = groups[0]!.rules;
    for (const fault of [null, 'a', 'a', 'b', null, null]) of.outcomes([{ rule: rule!, fault, samples: 0 }]);
    assert.deepEqual(lines, ['warn: rule y: a', 'warn: rule y: b', 'info: rule y works again']);
  });
});
