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

  for (const stepMs of [-3_600_000, 3_600_000])
    it(`go on as if nothing had happened where the clock is set by ${stepMs / 1000} s`, () => {
      const expr = 'increase(x[30s]) > 0 and x offset 10s > 0';
      const { rules, store } = rulesOf(group('g', [{ ...HIGH, expr, for: '15s' }]));
      const at = (timeMs: number) => {
        store.append(X, timeMs, timeMs % 3_600_000);
        assert.equal(rules.evaluate(timeMs).length, 1);
        return rules.alerts().map(({ phase }) => phase);
      };
      const began = 7_200_000;
      for (const afterMs of [5000, 10_000, 15_000, 20_000]) at(began + afterMs);
      rules.shift(stepMs);
      assert.deepEqual(
        [25_000, 30_000].map((afterMs) => at(began + stepMs + afterMs)),
        [['pending'], ['firing']],
      );
      assert.equal(rules.alerts()[0]!.activeAtMs, began + stepMs + 15_000);
      assert.equal(store.losses.samplesOutOfOrder, 0);
      rules.shift(-stepMs);
      store.appendStale(X, began + 31_000);
      assert.deepEqual(at(began + 35_000), ['firing']);
      assert.equal(rules.alerts()[0]!.firedAtMs, began + 30_000);
    });

  describe('after a restart with nothing to look back on', () => {
    const LONG = { alert: 'Long', expr: 'avg_over_time(x[1m]) > 5 and x offset 2m > 5' };

    /** Evaluated up to 15 s; saved; restored at 40 s by another process. */
    function restarted(rule: object): ReturnType<typeof rulesOf> {
      const { rules, store } = rulesOf(group('g', [rule]));
      store.append(X, -180_000, 9);
      for (const timeMs of [5000, 10_000, 15_000]) {
        store.append(X, timeMs, 9);
        rules.evaluate(timeMs);
      }
      const again = rulesOf(group('g', [rule]));
      const saved = JSON.parse(JSON.stringify(rules.save()));
      assert.ok(again.rules.restore(saved, { nowMs: 40_000, awayMs: 25_000, settleMs: 30_000 }));
      return again;
    }

    const states = ({ rules }: { rules: Rules }, timeMs: number) => {
      rules.evaluate(timeMs);
      return rules.alerts().map(({ phase, activeAtMs }) => `${phase} ${activeAtMs}`);
    };

    it('what fires is not resolved before a rule could have seen all that it looks at', () => {
      const again = restarted(LONG);
      for (const timeMs of [40_000, 100_000, 159_000]) assert.deepEqual(states(again, timeMs), ['firing 5000']);
      assert.deepEqual(states(again, 160_000), ['resolved 5000']);
    });

    it('it is not before everything is there again, where a rule looks at the newest sample alone', () => {
      const again = restarted({ ...HIGH, for: '0s' });
      assert.deepEqual(states(again, 69_000), ['firing 5000']);
      assert.deepEqual(states(again, 70_000), ['resolved 5000']);
    });

    it('it is found and gone as ever, once it was found', () => {
      const again = restarted({ ...HIGH, for: '0s' });
      again.store.append(X, 45_000, 9);
      assert.deepEqual(states(again, 45_000), ['firing 5000']);
      again.store.append(X, 50_000, 1);
      assert.deepEqual(states(again, 50_000), ['resolved 5000']);
    });

    it('a reload meanwhile changes nothing', () => {
      const again = restarted({ ...HIGH, for: '0s' });
      again.rules.replace([group('g', [{ ...HIGH, for: '0s' }])], 50_000);
      assert.deepEqual(states(again, 55_000), ['firing 5000']);
      assert.deepEqual(states(again, 70_000), ['resolved 5000']);
    });

    it('what is pending has waited neither while nobody was there nor while it is not found', () => {
      const again = restarted({ ...HIGH, for: '20s' });
      assert.deepEqual(states(again, 55_000), ['pending 30000']);
      again.store.append(X, 56_000, 9);
      assert.deepEqual(states(again, 60_000), ['firing 30000']);
    });
  });
});
