import assert from 'node:assert/strict';
import { Labels } from '../../src/rules/labels.ts';
import { loadRules } from '../../src/rules/load/load.ts';
import { evaluate } from '../../src/rules/promql/evaluate.ts';
import { parsePromql } from '../../src/rules/promql/parse.ts';
import type { Sample } from '../../src/rules/promql/sample.ts';
import { GroupRun } from '../../src/rules/run/group.ts';
import { Store } from '../../src/rules/store/store.ts';
import { type Input, STEP_SECONDS, STEPS } from '../sim/rule_files.ts';
import type { Expected, ExpectedAlert } from './promtool.ts';

const LIMITS = { samplesMax: 1e6 };

/** Times of the evaluations: steps from 0 on. */
export type Grid = { stepSeconds: number; steps: number };

/** Our own evaluation of a rule file over the series, told step by step; `queries` are asked at each. */
export function replay(
  ruleFile: string,
  series: readonly Input[],
  queries: readonly string[],
  { stepSeconds, steps }: Grid = { stepSeconds: STEP_SECONDS, steps: STEPS },
): Expected[] {
  const { groups, faults } = loadRules(ruleFile, 'rules.yaml');
  assert.deepEqual(faults, []);
  const store = new Store({ seriesMax: 10_000, bytesMax: 2 ** 26, keepMs: 86_400_000 });
  const runs = groups.map((group) => new GroupRun(group, { ...LIMITS, externalLabels: Labels.NONE }));
  return Array.from({ length: steps }, (_, step) => {
    const timeMs = step * stepSeconds * 1000;
    for (const input of series) feed(store, input, step, timeMs);
    const outcomes = runs.flatMap((run) => run.evaluate(timeMs, store));
    assert.deepEqual(
      outcomes.flatMap(({ fault }) => fault ?? []),
      [],
    );
    const ask = (query: string) => evaluate(parsePromql(query), timeMs, store, LIMITS) as Sample[];
    return { step, answers: Object.fromEntries(queries.map((query) => [query, ask(query)])), firing: firing(runs) };
  });
}

function feed(store: Store, { name, labels, values }: Input, step: number, timeMs: number): void {
  const value = values[step];
  const series = Labels.of({ __name__: name, ...labels });
  if (value === 'stale') store.appendStale(series, timeMs);
  else if (typeof value === 'number') store.append(series, timeMs, value);
}

/** By name, which several rules may share. */
function firing(runs: readonly GroupRun[]): Record<string, ExpectedAlert[]> {
  const byName: Record<string, ExpectedAlert[]> = {};
  for (const { rule, alerts } of runs.flatMap((run) => run.alerts())) {
    byName[rule.name] ??= [];
    byName[rule.name]!.push(...alerts.filter(({ phase }) => phase === 'firing'));
  }
  return byName;
}
