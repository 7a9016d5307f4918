import assert from 'node:assert/strict';
import { Labels } from '../../../src/rules/labels.ts';
import { loadRules } from '../../../src/rules/load/load.ts';
import { labelMatcher } from '../../../src/rules/promql/matcher.ts';
import type { RuleGroup } from '../../../src/rules/rule.ts';
import { Rules } from '../../../src/rules/run/rules.ts';
import { Store } from '../../../src/rules/store/store.ts';

const X = Labels.of({ __name__: 'x' });
const HIGH = { alert: 'High', expr: 'x > 5', for: '10s' };

function group(name: string, rules: unknown[], interval?: string): RuleGroup {
  const { groups, faults } = loadRules(
    JSON.stringify({ groups: [{ name, rules, ...(interval && { interval }) }] }),
    'r',
  );
  assert.deepEqual(faults, []);
  return groups[0]!;
}

function rulesOf(...groups: RuleGroup[]): { rules: Rules; store: Store } {
  const store = new Store({ seriesMax: 100, bytesMax: 2 ** 20, keepMs: 0 });
  const rules = new Rules(store, { samplesMax: 1000, externalLabels: Labels.NONE, intervalMs: 5000 });
  rules.replace(groups, 0);
  return { rules, store };
}

const named = (store: Store, name: string, atMs: number) =>
  store
    .select([labelMatcher('__name__', '=', name)])
    .filter((series) => series.last(atMs - 300_000, atMs) !== undefined).length;

describe('all rules', () => {
  it('are evaluated in the intervals of their groups, also after a late one', () => {
    const count = (name: string) => [{ record: name, expr: 'vector(1)' }];
    const { rules } = rulesOf(group('own', count('a'), '10s'), group('default', count('b')));
    const at = (timeMs: number) =>
      rules
        .evaluate(timeMs)
        .map(({ rule }) => rule.name)
        .join('');
    const times = [1000, 2000, 5000, 9999, 10_000, 14_900, 17_000, 19_999, 20_000, 41_000, 42_000];
    assert.deepEqual(times.map(at), ['ab', '', 'b', '', 'ab', '', 'b', '', 'ab', 'ab', '']);
    assert.deepEqual(rules.totals, { evaluations: 10, failures: 0 });
  });

  it('that fail are counted', () => {
    const { rules, store } = rulesOf(
      group('g', [
        { record: 'a', expr: 'x + on () x' },
        { record: 'b', expr: '1' },
      ]),
    );
    for (const i of ['1', '2']) store.append(Labels.of({ __name__: 'x', i }), 1, 1);
    assert.equal(rules.evaluate(5000).filter(({ fault }) => fault).length, 1);
    assert.deepEqual(rules.totals, { evaluations: 2, failures: 1 });
  });

  it('after a reload go on where they are the same; series and alerts of the others end', () => {
    const record = { record: 'y', expr: 'x' };
    const { rules, store } = rulesOf(
      group('stays', [HIGH, record]),
      group('goes', [
        { record: 'z', expr: 'x' },
        { ...HIGH, alert: 'Gone' },
      ]),
    );
    for (const timeMs of [5000, 10_000, 15_000]) {
      store.append(X, timeMs, 9);
      rules.evaluate(timeMs);
    }
    assert.deepEqual(
      rules.alerts().map(({ phase }) => phase),
      ['firing', 'firing'],
    );
    rules.replace([group('stays', [HIGH])], 16_000);
    assert.deepEqual(
      rules.alerts().map(({ labels, phase }) => [labels.text, phase]),
      [['{alertname="High"}', 'firing']],
    );
    assert.deepEqual(
      ['y', 'z', 'x'].map((name) => named(store, name, 16_000)),
      [0, 0, 1],
    );
    assert.equal(named(store, 'ALERTS', 16_000), 1);
    assert.deepEqual(rules.evaluate(17_000), [], 'its interval goes on too');
  });

  it('keep what they look back on, and forget what has ended', () => {
    const { rules, store } = rulesOf(group('g', [{ record: 'y', expr: 'max_over_time(x[10m])' }]));
    assert.deepEqual(rules.needs, { keepMs: 600_000, names: new Set(['x']) });
    store.append(X, 0, 7);
    rules.evaluate(599_000);
    assert.equal(named(store, 'y', 599_000), 1);
    rules.evaluate(605_000);
    assert.equal(named(store, 'y', 605_000), 0);
    assert.equal(store.select([labelMatcher('__name__', '=', 'x')]).length, 0);
  });

  it('after a restart have their alerts again', () => {
    const groups = [group('g', [HIGH])];
    const { rules, store } = rulesOf(...groups);
    for (const timeMs of [5000, 10_000, 15_000]) {
      store.append(X, timeMs, 9);
      rules.evaluate(timeMs);
    }
    const again = rulesOf(...groups);
    assert.ok(again.rules.restore(JSON.parse(JSON.stringify(rules.save()))));
    again.store.append(X, 60_000, 9);
    again.rules.evaluate(60_000);
    assert.deepEqual(
      again.rules.alerts().map(({ phase, activeAtMs, firedAtMs }) => [phase, activeAtMs, firedAtMs]),
      [['firing', 5000, 15_000]],
    );
    assert.equal(again.rules.restore('damaged'), false);
  });
});
