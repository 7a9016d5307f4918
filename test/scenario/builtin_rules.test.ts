import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Context } from 'mocha';
import { parse } from 'yaml';
import { BUILTIN_FILES, FOLK_FILE } from '../../src/rules/builtin.ts';
import { has, scratch } from '../lib/build.ts';
import { defer } from '../lib/cleanup.ts';
import { promtoolFaults } from '../lib/promtool.ts';
import { type RuleTest, ruleTests } from '../lib/promtool_tests.ts';
import { replay } from '../lib/replay.ts';
import { skip } from '../lib/skip.ts';
import { command, pooldrift } from './verb.ts';

const ROOT = join(import.meta.dirname, '../..');

function needsPromtool(context: Context): void {
  skip(context, has('promtool') ? null : 'not installed: promtool');
}

/** Every alert, text and state at every step, told by us, held against promtool. */
function assertSameEverywhere({ name, ruleFile, inputs, grid }: RuleTest): number {
  const expected = replay(ruleFile, inputs, ['ALERTS', 'ALERTS_FOR_STATE'], grid);
  assert.equal(promtoolFaults(JSON.stringify(parse(ruleFile)), inputs, expected, grid.stepSeconds), '', name);
  return expected.filter(({ answers }) => answers.ALERTS!.length > 0).length;
}

describe('the built-in rules', function () {
  this.timeout(60_000);

  for (const path of [...BUILTIN_FILES, FOLK_FILE]) {
    const tests = `test/alerts/${basename(path)}`;

    it(`promtool finds no fault in ${path}, and its tests pass`, async function () {
      needsPromtool(this);
      for (const args of [
        ['check', 'rules', '--lint=all', '--lint-fatal', path],
        ['test', 'rules', tests],
      ]) {
        const { code, out, err } = await command(['promtool', ...args.map((arg, i) => (i < 2 ? arg : absolute(arg)))]);
        assert.equal(code, 0, out + err);
      }
    });

    it(`${path} gives the same alerts here and in promtool at every step of its tests`, function () {
      needsPromtool(this);
      let active = 0;
      for (const test of ruleTests(tests)) active += assertSameEverywhere(test);
      assert.ok(active > 50, `alerts at ${active} steps only`);
    });
  }

  it('as pooldrift rules prints them are one file without a fault', async function () {
    needsPromtool(this);
    for (const args of [[], ['--folk']]) {
      const { code, out, err } = await pooldrift(['rules', ...args]);
      assert.equal(code, 0, err);
      const names = [...out.matchAll(/- (?:alert|record): /g)].length;
      const file = scratch('printed-rules.yaml');
      defer(() => rmSync(file, { force: true }));
      writeFileSync(file, out);
      const checked = await command(['promtool', 'check', 'rules', '--lint=all', '--lint-fatal', file]);
      assert.equal(checked.code, 0, checked.out + checked.err);
      assert.match(checked.out, new RegExp(`${names} rules found`));
    }
  });

  it('fail their tests where a threshold is another', async function () {
    needsPromtool(this);
    const [test] = ruleTests('test/alerts/self.yaml').filter(({ name }) => name.startsWith('above 2 %'));
    const source = readFileSync(absolute('dashboards/alerts/self.yaml'), 'utf8');
    const other = source.replace('pooldrift_overhead_ratio > 0.02', 'pooldrift_overhead_ratio > 0.025');
    assert.notEqual(other, source);
    const expected = replay(source, test!.inputs, ['ALERTS'], test!.grid);
    assert.notEqual(promtoolFaults(JSON.stringify(parse(other)), test!.inputs, expected, test!.grid.stepSeconds), '');
  });
});

function absolute(arg: string): string {
  return arg.includes('/') ? join(ROOT, arg) : arg;
}
