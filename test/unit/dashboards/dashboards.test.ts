import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { BOARDS } from '../../../dashboards/sources/index.ts';
import { PROCESS_METRICS } from '../../../dashboards/sources/promql.ts';
import { DASHBOARDS } from '../../../src/cli/dashboards.ts';
import { CATALOG } from '../../../src/metrics/catalog.ts';
import type { Metric } from '../../../src/metrics/metric.ts';
import { ALL, type Dashboard, labelValuesOf, type Panel, panelsOf, queriesOf } from '../../lib/grafana/dashboards.ts';
import { metricOf, nodes, selectors, treeOf } from '../../lib/grafana/lint.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SCHEMA = JSON.parse(readFileSync(join(ROOT, 'test/lib/grafana/schema.json'), 'utf8'));
const SUFFIXES = { histogram: ['_bucket', '_sum', '_count'], summary: ['_sum', '_count'], gauge: [''], counter: [''] };
const ADDED = ['job', 'instance', 'le', '__name__'];

/** By the name of a series, the labels that it may have. */
const KNOWN = new Map<string, string[]>([
  ...PROCESS_METRICS.map((name): [string, string[]] => [name, ADDED]),
  ...Object.values<Metric>(CATALOG).flatMap(({ name, type, labels }) =>
    SUFFIXES[type].map((suffix): [string, string[]] => [name + suffix, [...Object.keys(labels), ...ADDED]]),
  ),
]);

const exprs = ALL.flatMap((dashboard) => [
  ...queriesOf(dashboard).map(({ expr }) => expr),
  ...labelValuesOf(dashboard).map(({ selector }) => selector),
]);

function generator(script: string): void {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts', script), '--check'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}

describe('dashboards', function () {
  this.timeout(30_000);
  const validate = new Ajv({ allErrors: true, strict: false }).compile(SCHEMA);
  const copyOf = (name: string) => structuredClone(ALL.find(({ uid }) => uid === `pooldrift-${name}`)!);
  const panelOf = (dashboard: Dashboard, type: Panel['type']) =>
    panelsOf(dashboard).find((panel) => panel.type === type)!;

  it('are what their sources generate, no more and no fewer', () => {
    generator('gen-dashboards.ts');
    assert.deepEqual(
      BOARDS.map(({ name }) => name),
      DASHBOARDS,
    );
    assert.deepEqual(
      readdirSync(join(ROOT, 'dashboards/grafana')).sort(),
      DASHBOARDS.map((name) => `pooldrift-${name}.json`).sort(),
    );
  });

  it('have a schema that is what the types of @grafana/schema generate', () => generator('gen-dashboard-schema.ts'));

  for (const dashboard of ALL)
    it(`${dashboard.uid} is valid`, () => assert.ok(validate(dashboard), JSON.stringify(validate.errors, null, 1)));

  const wrong: [string, (dashboard: Dashboard) => unknown][] = [
    [
      'an option that its kind of panel does not have',
      (d) => Object.assign(panelOf(d, 'stat').options, { legendary: 1 }),
    ],
    ['an option of another type', (d) => Object.assign(panelOf(d, 'timeseries').options, { tooltip: 'multi' })],
    [
      'a field that a panel draws otherwise',
      (d) => Object.assign(panelOf(d, 'heatmap').fieldConfig.defaults.custom!, { lineWidth: 1 }),
    ],
    ['a kind of panel that we do not use', (d) => Object.assign(panelOf(d, 'stat'), { type: 'graph' })],
    ['a query without an expression', (d) => Reflect.deleteProperty(panelOf(d, 'timeseries').targets[0]!, 'expr')],
    ['an annotation without its switch', (d) => Reflect.deleteProperty(d.annotations.list![0]!, 'enable')],
    ['a variable of no kind', (d) => Object.assign(d.templating.list[1]!, { type: 'querry' })],
    ['a key that is none', (d) => Object.assign(d, { refersh: '30s' })],
  ];
  for (const [what, spoil] of wrong)
    it(`are not valid with ${what}`, () => {
      const dashboard = copyOf('pool');
      spoil(dashboard);
      assert.equal(validate(dashboard), false);
    });

  it('name only metrics and labels that there are', () => {
    const strange = exprs.flatMap((expr) =>
      selectors(treeOf(expr)).flatMap((selector) => {
        const labels = KNOWN.get(metricOf(selector));
        if (!labels) return [metricOf(selector)];
        return selector.matchers
          .filter(({ name }) => !labels.includes(name))
          .map(({ name }) => `${metricOf(selector)}: ${name}`);
      }),
    );
    assert.deepEqual(strange, []);
  });

  it('aggregate by labels that the series have', () => {
    const strange = exprs.flatMap((expr) =>
      [...nodes(treeOf(expr))].flatMap((node) => {
        if (node.kind !== 'aggregate') return [];
        const known = selectors(node).map((selector) => KNOWN.get(metricOf(selector))!);
        return node.labels
          .filter((label) => known.some((labels) => !labels.includes(label)))
          .map((label) => `${expr}: ${label}`);
      }),
    );
    assert.deepEqual(strange, []);
  });
});
