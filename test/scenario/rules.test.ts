import assert from 'node:assert/strict';
import type { Context } from 'mocha';
import { has } from '../lib/build.ts';
import { promtoolFaults } from '../lib/promtool.ts';
import { replay } from '../lib/replay.ts';
import { skip } from '../lib/skip.ts';
import { Random } from '../sim/random.ts';
import { inputs, ruleGroups } from '../sim/rule_files.ts';
import { TEMPLATES, VALUES } from '../sim/templates.ts';

const SEEDS = Array.from({ length: 4 }, (_, i) => i + 1);
const QUERIES = ['ALERTS', 'ALERTS_FOR_STATE', 'job:queue:sum', 'instance:load:twice', 'alerts:count'];

function needsPromtool(context: Context): void {
  skip(context, has('promtool') ? null : 'not installed: promtool');
}

describe('rules against promtool', function () {
  this.timeout(60_000);

  it(`${SEEDS.length} generated files: alerts wait, fire and resolve, and series end, at the same times`, function () {
    needsPromtool(this);
    let changes = 0;
    for (const seed of SEEDS) {
      const random = new Random(seed);
      const [series, file] = [inputs(random), JSON.stringify({ groups: ruleGroups(random) })];
      const expected = replay(file, series, QUERIES);
      const counts = expected.map(({ answers }) => answers.ALERTS!.length);
      changes += counts.filter((count, i) => count !== counts[i - 1]).length;
      assert.equal(promtoolFaults(file, series, expected), '', `seed ${seed}`);
    }
    assert.ok(changes > 100, `the alerts changed ${changes} times only`);
  });

  it(`${TEMPLATES.length} templates with ${VALUES.length} values: the same texts`, function () {
    needsPromtool(this);
    const annotations = Object.fromEntries(TEMPLATES.map((template, i) => [`t${i}`, template]));
    const rule = {
      alert: 'texts',
      expr: 'given < Inf or given > 0 or given != given',
      labels: { own: '{{ $value }}' },
      annotations,
    };
    const file = JSON.stringify({ groups: [{ name: 'g', rules: [rule] }] });
    const series = VALUES.map((value, i) => ({
      name: 'given',
      labels: { i: `${i}`, host: 'a.example:80' },
      values: [value],
    }));
    const [expected] = replay(file, series, []);
    assert.equal(expected!.firing.texts!.length, VALUES.length);
    assert.equal(promtoolFaults(file, series, [expected!]), '');
  });
});
