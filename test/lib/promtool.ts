import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Label, Labels } from '../../src/rules/labels.ts';
import type { Sample } from '../../src/rules/promql/sample.ts';
import { type Input, STEP_SECONDS } from '../sim/rule_files.ts';
import { scratch } from './build.ts';
import { defer } from './cleanup.ts';

export type ExpectedAlert = { labels: Labels; annotations: readonly Label[] };
/** What stands at a step: answers of queries, and the alerts that fire, by name. */
export type Expected = {
  step: number;
  answers: Record<string, Sample[]>;
  firing: Record<string, ExpectedAlert[]>;
};

/** What promtool has to say against the expectations; '' is nothing. The rule file is JSON. */
export function promtoolFaults(
  ruleFile: string,
  series: readonly Input[],
  expected: readonly Expected[],
  stepSeconds = STEP_SECONDS,
): string {
  const folder = scratch('promtool');
  mkdirSync(folder, { recursive: true });
  defer(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'rules.yaml'), ruleFile);
  writeFileSync(join(folder, 'test.yaml'), JSON.stringify(testFile(series, expected, names(ruleFile), stepSeconds)));
  const ended = spawnSync('promtool', ['test', 'rules', 'test.yaml'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const told = `${ended.error ?? ''}${ended.stdout}${ended.stderr}`.split('\n').filter((line) => line.trim() !== '');
  return ended.status === 0 ? '' : told.join('\n').slice(0, 4000);
}

function testFile(
  series: readonly Input[],
  expected: readonly Expected[],
  groups: readonly string[],
  stepSeconds: number,
): unknown {
  const at = (step: number) => `${step * stepSeconds}s`;
  const test = {
    interval: `${stepSeconds}s`,
    input_series: series.map(({ name, labels, values }) => ({
      series: `${name}{${Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`)}}`,
      values: values.map((value) => String(value ?? '_').replace('Infinity', 'Inf')).join(' '),
    })),
    promql_expr_test: expected.flatMap(({ step, answers }) =>
      Object.entries(answers).map(([expr, samples]) => ({
        expr,
        eval_time: at(step),
        exp_samples: samples.map(({ labels, value }) => ({ labels: labels.series, value })),
      })),
    ),
    alert_rule_test: expected.flatMap(({ step, firing }) =>
      Object.entries(firing).map(([alertname, alerts]) => ({
        alertname,
        eval_time: at(step),
        exp_alerts: alerts.map(alert),
      })),
    ),
  };
  return {
    rule_files: ['rules.yaml'],
    evaluation_interval: `${stepSeconds}s`,
    group_eval_order: groups,
    tests: [test],
  };
}

function names(ruleFile: string): string[] {
  return (JSON.parse(ruleFile) as { groups: { name: string }[] }).groups.map(({ name }) => name);
}

function alert({ labels, annotations }: ExpectedAlert): unknown {
  return {
    exp_labels: Object.fromEntries(labels.without(['alertname']).pairs),
    exp_annotations: Object.fromEntries(annotations),
  };
}
