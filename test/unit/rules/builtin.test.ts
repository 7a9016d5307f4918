import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { oneRuleFile, withRunbooks } from '../../../src/cli/rules.ts';
import { CATALOG } from '../../../src/metrics/catalog.ts';
import type { Metric } from '../../../src/metrics/metric.ts';
import { BUILTIN_FILES, FOLK_FILE } from '../../../src/rules/builtin.ts';
import { NAME } from '../../../src/rules/labels.ts';
import { loadRules } from '../../../src/rules/load/load.ts';
import { children, type Node } from '../../../src/rules/promql/ast.ts';
import type { AlertRule, Rule } from '../../../src/rules/rule.ts';
import { assertOurs, ruleTests } from '../../lib/promtool_tests.ts';
import { replay } from '../../lib/replay.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const PATHS = [...BUILTIN_FILES, FOLK_FILE];
/** What Prometheus adds to a series. */
const ADDED = ['instance', 'job'];
const SUFFIXES = { histogram: ['_bucket', '_sum', '_count'], summary: [''], gauge: [''], counter: [''] };

function rulesOf(path: string): Rule[] {
  const { groups, faults } = loadRules(read(path), path);
  assert.deepEqual(faults, []);
  return groups.flatMap(({ rules }) => rules);
}

const RULES = PATHS.flatMap(rulesOf);
const ALERTS = RULES.filter((rule): rule is AlertRule => rule.kind === 'alert');
/** By the name of a series: the labels that it may have. */
const KNOWN = new Map(
  Object.values<Metric>(CATALOG).flatMap(({ name, type, labels }) =>
    SUFFIXES[type].map((suffix) => [
      name + suffix,
      [...Object.keys(labels), ...ADDED, ...(suffix === '_bucket' ? ['le'] : [])],
    ]),
  ),
);

function* nodes(node: Node): Generator<Node> {
  yield node;
  for (const child of children(node)) yield* nodes(child);
}

/** Labels that aggregations and matching name, and those of matchers; each must be on a series below it. */
function unknownNames({ name, expression }: Rule): string[] {
  return [...nodes(expression)].flatMap((node) => {
    const below = [...nodes(node)].flatMap((each) => (each.kind === 'selector' ? [metricOf(each.matchers)] : []));
    const labels = new Set(below.flatMap((metric) => KNOWN.get(metric) ?? []));
    const strange = below.filter((metric) => !KNOWN.has(metric));
    return [...strange, ...named(node).filter((label) => !labels.has(label))].map((what) => `${name}: ${what}`);
  });
}

function named(node: Node): string[] {
  if (node.kind === 'selector') return node.matchers.map((each) => each.name).filter((label) => label !== NAME);
  if (node.kind === 'aggregate') return [...node.labels];
  return node.kind === 'binary' ? [...(node.matching?.labels ?? []), ...(node.matching?.include ?? [])] : [];
}

function metricOf(matchers: readonly { name: string; value: string }[]): string {
  return matchers.find(({ name }) => name === NAME)?.value ?? '';
}

describe('the built-in rules', () => {
  it('are all files of their folder', () => {
    const found = globSync('dashboards/alerts/**/*.yaml', { cwd: ROOT });
    assert.deepEqual(found.sort(), [...PATHS].sort());
  });

  it('name only metrics and labels of the catalog', () => {
    assert.deepEqual(RULES.flatMap(unknownNames), []);
    const { groups } = loadRules(
      'groups: [{ name: g, rules: [{ alert: A, expr: "sum by (pod) (pooldrift_pool_size{kind=\'go\'}) > up" }] }]',
      'x',
    );
    assert.deepEqual([...new Set(groups[0]!.rules.flatMap(unknownNames))].sort(), ['A: kind', 'A: pod', 'A: up']);
  });

  it('name only labels in their texts that the alerts have', () => {
    for (const { name, expression, annotations } of ALERTS) {
      const below = [...nodes(expression)].flatMap((each) =>
        each.kind === 'selector' ? [metricOf(each.matchers)] : [],
      );
      const labels = new Set(below.flatMap((metric) => KNOWN.get(metric)!));
      for (const { source } of annotations)
        for (const [, label] of source.matchAll(/\$labels\.(\w+)/g)) assert.ok(labels.has(label!), `${name}: ${label}`);
    }
  });

  it('have a severity, a summary, a description with the number and a page', () => {
    for (const { name, labels, annotations } of ALERTS) {
      const text = Object.fromEntries([...labels, ...annotations].map(({ name: label, source }) => [label, source]));
      assert.match(text.severity!, /^(info|warning|critical)$/, name);
      assert.match(text.summary!, /\$labels\.instance/, name);
      assert.match(text.description!, /\$value/, name);
      assert.match(text.runbook_url!, /^docs\/runbooks\/[a-z0-9-]+\.md$/, name);
      assert.ok(existsSync(join(ROOT, text.runbook_url!)), `${name}: ${text.runbook_url}`);
    }
  });

  it('have names of one manner, and each page of docs/runbooks names its alert', () => {
    const builtin = BUILTIN_FILES.flatMap(rulesOf) as AlertRule[];
    for (const { name, annotations } of builtin) {
      assert.match(name, /^Pooldrift([A-Z][a-z0-9]+)+$/);
      const page = annotations.find((each) => each.name === 'runbook_url')!.source;
      assert.equal(read(page).split('\n')[0], `# ${name}`);
    }
    const pages = new Set(builtin.flatMap(({ annotations }) => annotations.map(({ source }) => basename(source))));
    const others = globSync('docs/runbooks/*.md', { cwd: ROOT }).map((page) => basename(page));
    assert.deepEqual(
      others.filter((page) => !pages.has(page) && page !== 'README.md'),
      [],
    );
  });

  it('are each tested to fire and to be silent', () => {
    const tests = PATHS.flatMap((path) => ruleTests(`test/alerts/${basename(path)}`));
    for (const { name } of ALERTS) {
      const asked = tests.flatMap(({ queries }) => queries.filter(({ expr }) => expr.includes(`"${name}"`)));
      assert.ok(
        asked.some(({ samples }) => samples.length > 0),
        `${name} fires nowhere`,
      );
      assert.ok(
        asked.some(({ samples }) => samples.length === 0),
        `${name} is silent nowhere`,
      );
      const described = tests.some(({ alerts }) => alerts.some((each) => each.name === name && each.alerts.length > 0));
      assert.ok(described, `${name}: its texts are not tested`);
    }
  });

  it('leave the labels of other targets on their alerts', () => {
    for (const { ruleFile, inputs, grid } of BUILTIN_FILES.flatMap((path) =>
      ruleTests(`test/alerts/${basename(path)}`),
    )) {
      const moved = inputs.map((input) => ({ ...input, labels: { ...input.labels, cluster: 'eu-1' } }));
      const [plain, labelled] = [inputs, moved].map((series) =>
        replay(ruleFile, series, ['ALERTS'], grid).map(({ answers }) => answers.ALERTS!.map(({ labels }) => labels)),
      );
      const expected = plain!.map((each) => each.map((labels) => labels.with([['cluster', 'eu-1']]).text));
      assert.deepEqual(
        labelled!.map((each) => each.map(({ text }) => text)),
        expected,
      );
    }
  });

  it('are in docs/alerting.md, with their severities', () => {
    const rows = read('docs/alerting.md').split('\n');
    for (const { name, labels } of BUILTIN_FILES.flatMap(rulesOf) as AlertRule[]) {
      const row = rows.find((each) => each.startsWith(`| ${name} |`));
      const severity = row?.split('|')[2] ?? '';
      assert.ok(severity.includes(labels.find((each) => each.name === 'severity')!.source), name);
    }
  });

  for (const path of PATHS)
    for (const test of ruleTests(`test/alerts/${basename(path)}`))
      it(`${basename(path)}: ${test.name}`, () => assertOurs(test));
});

describe('pooldrift rules', () => {
  const whole = oneRuleFile(BUILTIN_FILES.map(read));

  it('has all groups of all files', () => {
    const { groups, faults } = loadRules(whole, 'whole');
    assert.deepEqual(faults, []);
    const shape = (rules: readonly Rule[]) => rules.map(({ name, query }) => [name, query]);
    assert.deepEqual(shape(groups.flatMap(({ rules }) => rules)), shape(BUILTIN_FILES.flatMap(rulesOf)));
    assert.equal(groups.find(({ name }) => name === 'pooldrift-memory')!.intervalMs, 60_000);
    for (const path of BUILTIN_FILES) assert.ok(whole.includes(read(path).split('\n')[0]!), path);
  });

  it('puts the pages below another address', () => {
    const text = withRunbooks(whole, 'https://wiki.example/pooldrift');
    assert.ok(text.includes('runbook_url: "https://wiki.example/pooldrift/p99-drift.md"'));
    assert.ok(!text.includes('docs/runbooks'));
    assert.deepEqual(loadRules(text, 'x').faults, []);
    assert.throws(() => withRunbooks(whole, 'wiki'), { message: '--runbooks: "wiki" is no http or https URL' });
  });
});
