import assert from 'node:assert/strict';
import { Labels } from '../../../src/rules/labels.ts';
import { loadRules } from '../../../src/rules/load/load.ts';
import { labelMatcher } from '../../../src/rules/promql/matcher.ts';
import { GroupRun } from '../../../src/rules/run/group.ts';
import { restoreAlerts, saveAlerts } from '../../../src/rules/run/saved.ts';
import { Store } from '../../../src/rules/store/store.ts';

const LIMITS = { samplesMax: 1000, externalLabels: Labels.NONE };

function run(rules: unknown[], extra: Record<string, unknown> = {}, options = LIMITS): GroupRun {
  const { groups, faults } = loadRules(JSON.stringify({ groups: [{ name: 'g', rules, ...extra }] }), 'r.yaml');
  assert.deepEqual(faults, []);
  return new GroupRun(groups[0]!, options);
}

/** A world of one metric, `x`, at one evaluation a minute. */
class Timeline {
  readonly store = new Store({ seriesMax: 1000, bytesMax: 2 ** 22, keepMs: 3_600_000 });
  group: GroupRun;
  minute = 0;
  faults: string[] = [];

  constructor(group: GroupRun) {
    this.group = group;
  }

  get timeMs(): number {
    return this.minute * 60_000;
  }

  /** Evaluates with these values of x by pool, and tells the phases by pool. */
  next(values: Record<string, number>): Record<string, string> {
    this.minute++;
    for (const pool of ['a', 'b', 'c']) {
      const labels = Labels.of({ __name__: 'x', pool });
      if (pool in values) this.store.append(labels, this.timeMs, values[pool]!);
      else this.store.appendStale(labels, this.timeMs);
    }
    this.faults = this.group.evaluate(this.timeMs, this.store).flatMap(({ fault }) => fault ?? []);
    const alerts = this.group.alerts().flatMap((each) => each.alerts);
    return Object.fromEntries(alerts.map(({ labels, phase }) => [labels.get('pool'), phase]));
  }

  /** Series of that name that have a value now. */
  series(name: string): string[] {
    const found = this.store.select([labelMatcher('__name__', '=', name)]);
    return found
      .filter((each) => each.last(this.timeMs - 300_000, this.timeMs) !== undefined)
      .map(({ labels }) => labels.series);
  }
}

const HIGH = { alert: 'High', expr: 'x > 5', for: '2m', keep_firing_for: '2m', labels: { severity: 'page' } };

describe('alerts', () => {
  it('wait, fire, are kept, are resolved, and are forgotten after 15 minutes', () => {
    const line = new Timeline(run([HIGH]));
    const phases = [9, 9, 9, 1, 1, 1].map((a) => line.next({ a }).a);
    assert.deepEqual(phases, ['pending', 'pending', 'firing', 'firing', 'firing', 'resolved']);
    for (let minute = 0; minute < 15; minute++) assert.equal(line.next({ a: 1 }).a, 'resolved');
    assert.equal(line.next({ a: 1 }).a, undefined);
  });

  it('that wait are gone at once, and begin anew', () => {
    const line = new Timeline(run([HIGH]));
    assert.deepEqual(
      [9, 1, 9, 9, 9].map((a) => line.next({ a }).a),
      ['pending', undefined, 'pending', 'pending', 'firing'],
    );
    assert.equal(line.group.alerts()[0]!.alerts[0]!.activeAtMs, 3 * 60_000);
  });

  it('that come back while they are kept go on as before', () => {
    const line = new Timeline(run([HIGH]));
    assert.deepEqual([9, 9, 9, 1, 9, 1, 1, 1].map((a) => line.next({ a }).a).slice(3), [
      'firing',
      'firing',
      'firing',
      'firing',
      'resolved',
    ]);
    assert.equal(line.group.alerts()[0]!.alerts[0]!.activeAtMs, 60_000);
  });

  it('that were resolved and come back are new', () => {
    const line = new Timeline(run([{ ...HIGH, for: '0s', keep_firing_for: '0s' }]));
    assert.deepEqual(
      [9, 1, 9].map((a) => line.next({ a }).a),
      ['firing', 'resolved', 'firing'],
    );
    const [alert] = line.group.alerts()[0]!.alerts;
    assert.deepEqual([alert!.activeAtMs, alert!.resolvedAtMs], [180_000, null]);
  });

  it('write their series, and end them', () => {
    const line = new Timeline(run([{ ...HIGH, for: '1m', keep_firing_for: '0s' }]));
    line.next({ a: 9 });
    assert.deepEqual(line.series('ALERTS'), ['ALERTS{alertname="High",alertstate="pending",pool="a",severity="page"}']);
    line.next({ a: 9 });
    assert.deepEqual(line.series('ALERTS'), ['ALERTS{alertname="High",alertstate="firing",pool="a",severity="page"}']);
    assert.deepEqual(line.series('ALERTS_FOR_STATE'), ['ALERTS_FOR_STATE{alertname="High",pool="a",severity="page"}']);
    line.next({ a: 1 });
    assert.deepEqual([...line.series('ALERTS'), ...line.series('ALERTS_FOR_STATE')], []);
  });

  it('over the limit of their group are all dropped, and the rule says so', () => {
    const line = new Timeline(run([{ ...HIGH, for: '0s' }], { limit: 2 }));
    assert.deepEqual(line.next({ a: 9, b: 9 }), { a: 'firing', b: 'firing' });
    assert.deepEqual(line.next({ a: 9, b: 9, c: 9 }), {});
    assert.deepEqual(line.faults, ['exceeded limit of 2 with 3 alerts']);
  });

  it('that come to have the same labels make the rule fail, and change nothing', () => {
    const line = new Timeline(run([{ alert: 'High', expr: 'x > 5', labels: { pool: 'one' } }]));
    assert.deepEqual(line.next({ a: 9 }), { one: 'firing' });
    assert.deepEqual(line.next({ a: 9, b: 9 }), { one: 'firing' });
    assert.deepEqual(line.faults, ['vector contains metrics with the same labelset after applying alert labels']);
    assert.equal(line.series('ALERTS').length, 1);
  });

  it('keep long texts cut, and count them', () => {
    const line = new Timeline(
      run([{ alert: 'High', expr: 'x > 5', annotations: { s: `${'é'.repeat(500_000)}{{ $value }}` } }]),
    );
    line.next({ a: 9 });
    assert.equal(line.group.textsCut, 1);
    assert.equal(Buffer.byteLength(line.group.alerts()[0]!.alerts[0]!.annotations[0]![1]), 4095);
  });
});

describe('a group', () => {
  const RECORD = { record: 'y', expr: 'x * 2', labels: { kind: 'double' } };

  it('gives each rule what those before it wrote, and ends what is no longer there', () => {
    const line = new Timeline(run([RECORD, { alert: 'Twice', expr: 'y > 10' }]));
    assert.deepEqual(line.next({ a: 6, b: 1 }), { a: 'firing' });
    assert.deepEqual(line.series('y'), ['y{kind="double",pool="a"}', 'y{kind="double",pool="b"}']);
    line.next({ b: 1 });
    assert.deepEqual(line.series('y'), ['y{kind="double",pool="b"}']);
  });

  it('goes on after a rule that fails; its series stay as they were', () => {
    const many = { record: 'z', expr: 'x * on () x' };
    const line = new Timeline(run([many, RECORD]));
    line.next({ a: 1 });
    line.next({ a: 1, b: 2 });
    assert.match(line.faults.join(), /many-to-many matching not allowed/);
    assert.deepEqual([line.series('z').length, line.series('y').length], [1, 2]);
  });

  it('divides by zero as numbers do', () => {
    const line = new Timeline(
      run([
        { record: 'z', expr: 'x / 0' },
        { alert: 'Infinite', expr: 'x / 0 > 1' },
      ]),
    );
    assert.deepEqual(line.next({ a: 1, b: 0 }), { a: 'firing' });
    assert.equal(line.series('z').length, 2);
  });

  it('stops at the number of samples that one evaluation may load', () => {
    const line = new Timeline(run([RECORD], {}, { ...LIMITS, samplesMax: 2 }));
    line.next({ a: 1, b: 1, c: 1 });
    assert.deepEqual(line.faults, ['query processing would load too many samples into memory']);
  });

  it('records no more series than its limit', () => {
    const line = new Timeline(run([RECORD], { limit: 1 }));
    line.next({ a: 1, b: 1 });
    assert.deepEqual(line.faults, ['exceeded limit of 1 with 2 series']);
  });

  it('after a reload goes on with the rules that are the same, and ends the series of the others', () => {
    const line = new Timeline(run([{ ...HIGH, for: '1m' }, RECORD, { record: 'gone', expr: 'x' }]));
    line.next({ a: 9 });
    line.next({ a: 9 });
    const next = run([RECORD, { ...HIGH, expr: 'x > 4', for: '1m' }]);
    next.takeOver(line.group, line.timeMs + 1000, line.store);
    line.group = next;
    assert.deepEqual(line.next({ a: 9 }), { a: 'firing' });
    assert.equal(next.alerts()[0]!.alerts[0]!.activeAtMs, 60_000);
    assert.deepEqual([line.series('gone').length, line.series('y').length], [0, 1]);
    line.next({});
    assert.deepEqual(line.series('y'), []);
  });

  it('after a restart goes on with its alerts', () => {
    const line = new Timeline(run([HIGH]));
    for (const a of [9, 9, 9]) line.next({ a, b: a === 9 ? 9 : 1 });
    const saved = JSON.parse(JSON.stringify(saveAlerts([line.group])));
    const before = line.group.alerts();
    line.group = run([HIGH]);
    assert.ok(restoreAlerts([line.group], saved));
    assert.deepEqual(
      line.group.alerts()[0]!.alerts.map(({ labels, ...rest }) => [labels.text, rest]),
      before[0]!.alerts.map(({ labels, ...rest }) => [labels.text, rest]),
    );
    assert.deepEqual(line.next({ a: 9, b: 9 }), { a: 'firing', b: 'firing' });
    for (const damaged of [null, {}, { ...saved, format: 2 }, { format: 1, groups: [{}] }])
      assert.equal(restoreAlerts([line.group], damaged), false);
  });
});
