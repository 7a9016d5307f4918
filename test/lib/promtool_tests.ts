import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { parsePromql } from '../../src/rules/promql/parse.ts';
import type { Input } from '../sim/rule_files.ts';
import { type Grid, replay } from './replay.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A test of a promtool test file, as far as those below test/alerts/ use the form; times are steps. */
export type RuleTest = {
  name: string;
  ruleFile: string;
  inputs: Input[];
  grid: Grid;
  queries: { expr: string; step: number; samples: { labels: string; value: number }[] }[];
  alerts: { name: string; step: number; alerts: { labels: Texts; annotations: Texts }[] }[];
};
type Texts = Record<string, string>;

type Written = {
  rule_files: [string];
  evaluation_interval: string;
  tests: {
    name: string;
    interval: string;
    input_series: { series: string; values: string }[];
    promql_expr_test?: { expr: string; eval_time: string; exp_samples: { labels: string; value: number }[] }[];
    alert_rule_test?: {
      eval_time: string;
      alertname: string;
      exp_alerts: { exp_labels: Texts; exp_annotations: Texts }[];
    }[];
  }[];
};

/** `path` is relative to the root; the rule file of each is the text that it names. */
export function ruleTests(path: string): RuleTest[] {
  const file: Written = parse(readFileSync(join(ROOT, path), 'utf8'));
  const ruleFile = readFileSync(join(ROOT, path, '..', file.rule_files[0]), 'utf8');
  const stepSeconds = seconds(file.evaluation_interval);
  const step = (time: string) => seconds(time) / stepSeconds;
  return file.tests.map((test) => {
    const inputs = test.input_series.map(({ series, values }) => ({ ...named(series), values: valuesOf(values) }));
    const queries = (test.promql_expr_test ?? []).map((each) => ({
      expr: each.expr,
      step: step(each.eval_time),
      samples: each.exp_samples,
    }));
    const alerts = (test.alert_rule_test ?? []).map((each) => ({
      name: each.alertname,
      step: step(each.eval_time),
      alerts: each.exp_alerts.map(({ exp_labels, exp_annotations }) => ({
        labels: exp_labels,
        annotations: exp_annotations,
      })),
    }));
    assert.ok([...queries, ...alerts].length > 0, `${basename(path)}: ${test.name} expects nothing`);
    const steps = 1 + Math.max(...[...queries, ...alerts].map((each) => each.step));
    return { name: test.name, ruleFile, inputs, grid: { stepSeconds, steps }, queries, alerts };
  });
}

/** What the test expects, against our own evaluation. */
export function assertOurs({ ruleFile, inputs, grid, queries, alerts }: RuleTest): void {
  const asked = [...new Set(queries.map(({ expr }) => expr))];
  const answers = replay(ruleFile, inputs, asked, grid);
  for (const { expr, step, samples } of queries) {
    const ours = answers[step]!.answers[expr]!.map(({ labels, value }) => [
      labels.series,
      Math.round(value * 1e9) / 1e9,
    ]);
    const expected = samples.map(({ labels, value }) => [seriesText(labels), value]);
    assert.deepEqual(ours.sort(), expected.sort(), `${expr} at step ${step}`);
  }
  for (const { name, step, alerts: expected } of alerts) {
    const ours = (answers[step]!.firing[name] ?? []).map(({ labels, annotations }) => ({
      labels: Object.fromEntries(labels.without(['alertname']).pairs),
      annotations: Object.fromEntries(annotations),
    }));
    assert.deepEqual(sorted(ours), sorted(expected), `${name} at step ${step}`);
  }
}

function sorted<T>(list: readonly T[]): T[] {
  return list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function seconds(text: string): number {
  const found = /^(\d+)s$/.exec(text);
  assert.ok(found, `expected whole seconds, got ${text}`);
  return Number(found[1]);
}

/** `name{a="b"}` without its braces' text: the parser of PromQL reads it. */
function named(series: string): { name: string; labels: Texts } {
  const node = parsePromql(series);
  assert.equal(node.kind, 'selector', series);
  const all = node.kind === 'selector' ? node.matchers.map(({ name, value }) => [name, value]) : [];
  const { __name__: name = '', ...labels } = Object.fromEntries(all) as Texts;
  return { name, labels };
}

function seriesText(series: string): string {
  const { name, labels } = named(series);
  const texts = Object.keys(labels).map((label) => `${label}=${JSON.stringify(labels[label])}`);
  return name + (texts.length > 0 || name === '' ? `{${texts.sort().join(',')}}` : '');
}

const ITEM = /^(?:(?<stale>stale)|_(?:x(?<gaps>\d+))?|(?<first>-?[\d.]+)(?:(?<by>[+-][\d.]+)x(?<more>\d+))?)$/;

/** As promtool expands them: `1+2x3` is 1 3 5 7, `_x2` two gaps. */
function valuesOf(text: string): Input['values'] {
  return text.split(/\s+/).flatMap((item): Input['values'] => {
    const groups = ITEM.exec(item)?.groups;
    assert.ok(groups, `what values are ${item}?`);
    const { stale, gaps, first, by, more } = groups;
    if (stale) return ['stale'];
    if (first === undefined) return Array.from({ length: Number(gaps ?? 1) }, () => null);
    const values = [Number(first)];
    for (let i = 0; i < Number(more ?? 0); i++) values.push(values.at(-1)! + Number(by)); // its sums, not its products
    return values;
  });
}
