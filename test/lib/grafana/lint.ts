import { CATALOG } from '../../../src/metrics/catalog.ts';
import { NAME } from '../../../src/rules/labels.ts';
import { children, type Node, type SelectorNode } from '../../../src/rules/promql/ast.ts';
import { parsePromql } from '../../../src/rules/promql/parse.ts';
import { type Dashboard, labelValuesOf, type Panel, panelsOf, type Query, queriesOf } from './dashboards.ts';
import { UNITS } from './units.ts';

/** In place of $__rate_interval: a range that nobody would write. */
const RATE_INTERVAL_MS = 977_000;
const DATASOURCE = '$datasource';
const COUNTERS = new Set(
  Object.values(CATALOG)
    .filter(({ type }) => type === 'counter')
    .map(({ name }): string => name),
);

/** What is wrong, a line each. */
export type Rule = (dashboard: Dashboard) => string[];

const ofPanels =
  (wrong: (panel: Panel) => boolean): Rule =>
  (dashboard) =>
    panelsOf(dashboard)
      .filter(wrong)
      .map(({ title, id }) => `${dashboard.uid}: ${title || id}`);

const ofQueries =
  (wrong: (tree: Node, query: Query) => boolean): Rule =>
  (dashboard) =>
    queriesOf(dashboard)
      .filter((query) => wrong(treeOf(query.expr), query))
      .map(({ at }) => at);

const selectorsWithout = (label: string) =>
  ofQueries((tree) =>
    selectors(tree).some(
      ({ matchers }) =>
        !matchers.some(({ name, type, value }) => name === label && type === '=~' && value === `$${label}`),
    ),
  );

const variable = (dashboard: Dashboard, called: string) =>
  dashboard.templating.list.find(({ name }) => name === called);

const listVariable =
  (name: string, label: string): Rule =>
  (dashboard) => {
    const found = variable(dashboard, name);
    const good =
      found?.type === 'query' &&
      found.datasource?.uid === DATASOURCE &&
      found.label === label &&
      found.multi === true &&
      found.allValue === '.+';
    return good ? [] : [`${dashboard.uid}: ${name}`];
  };

/** The rules of grafana/dashboard-linter, by its names. */
export const LINTER: Readonly<Record<string, Rule>> = {
  'template-datasource-rule': (dashboard) => {
    const found = dashboard.templating.list.filter(({ type }) => type === 'datasource');
    const good = found.length === 1 && found[0]!.name === 'datasource' && found[0]!.label === 'Data source';
    return good ? [] : [`${dashboard.uid}: ${found.map(({ name }) => name)}`];
  },
  'template-job-rule': listVariable('job', 'Job'),
  'template-instance-rule': listVariable('instance', 'Instance'),
  'template-label-promql-rule': (dashboard) =>
    labelValuesOf(dashboard)
      .filter(({ selector }) => treeOf(selector).kind !== 'selector')
      .map(({ name }) => `${dashboard.uid}: ${name}`),
  'template-on-time-change-reload-rule': (dashboard) =>
    dashboard.templating.list
      .filter(({ type, refresh }) => type === 'query' && refresh !== 2)
      .map(({ name }) => `${dashboard.uid}: ${name}`),
  'panel-datasource-rule': ofPanels(
    ({ datasource, targets }) =>
      datasource?.uid !== DATASOURCE || targets.some((query) => query.datasource?.uid !== DATASOURCE),
  ),
  'panel-title-description-rule': ofPanels(({ title, description }) => !title || !description),
  'panel-units-rule': ofPanels(({ fieldConfig }) => !UNITS.has(fieldConfig.defaults.unit ?? '')),
  'panel-no-targets-rule': ofPanels(({ targets }) => targets.length === 0),
  'target-promql-rule': (dashboard) => queriesOf(dashboard).flatMap(({ expr, at }) => refused(expr, at)),
  'target-rate-interval-rule': ofQueries((tree) =>
    [...nodes(tree)].some(
      (node) =>
        node.kind === 'call' && node.name.endsWith('rate') && ranges(node).some((ms) => ms !== RATE_INTERVAL_MS),
    ),
  ),
  'target-job-rule': selectorsWithout('job'),
  'target-instance-rule': selectorsWithout('instance'),
  'target-counter-agg-rule': ofQueries((tree) => bare(tree).length > 0),
  'uneditable-dashboard': ({ uid, editable }) => (editable === false ? [] : [`${uid}`]),
};

/** Our own. */
export const OURS: Readonly<Record<string, Rule>> = {
  'an empty state': ofPanels(({ fieldConfig }) => !fieldConfig.defaults.noValue),
  'a legend for each series': ofQueries(
    (_, { legendFormat, format, panel }) => panel !== null && format !== 'table' && !legendFormat,
  ),
  'no two queries of a panel under one name': ofPanels(({ targets }) => {
    const names = targets.filter(({ format }) => format !== 'table').map(({ legendFormat }) => legendFormat);
    return new Set(names).size < names.length;
  }),
  'relative times': ({ uid, time }) => (/^now-/.test(time?.from ?? '') && time?.to === 'now' ? [] : [`${uid}`]),
  'links that a name cannot write': ({ uid, panels }) =>
    [...JSON.stringify(panels).matchAll(/\$\{__(?:field|data)\.[^}]*\}/g)]
      .filter(([name]) => !name.endsWith(':percentencode}'))
      .map(([name]) => `${uid}: ${name}`),
  'ids of their own': ({ uid, panels }) =>
    new Set(panels.map(({ id }) => id)).size === panels.length ? [] : [`${uid}`],
  'panels side by side': ({ uid, panels }) =>
    panels.flatMap((one, i) =>
      panels
        .slice(i + 1)
        .filter((other) => overlap(one, other))
        .map(({ title }) => `${uid}: ${title}`),
    ),
};

export function treeOf(expr: string): Node {
  return parsePromql(expr.replaceAll('$__rate_interval', `${RATE_INTERVAL_MS}ms`));
}

function refused(expr: string, at: string): string[] {
  try {
    treeOf(expr);
    return [];
  } catch (error) {
    return [`${at}: ${(error as Error).message}`];
  }
}

export function* nodes(node: Node): Generator<Node> {
  yield node;
  for (const child of children(node)) yield* nodes(child);
}

export function selectors(tree: Node): SelectorNode[] {
  return [...nodes(tree)].filter((node): node is SelectorNode => node.kind === 'selector');
}

export function metricOf({ matchers }: SelectorNode): string {
  return matchers.find(({ name }) => name === NAME)!.value;
}

function ranges(node: Node): number[] {
  return children(node).flatMap((child) =>
    child.kind === 'selector' && child.rangeMs !== null ? [child.rangeMs] : [],
  );
}

/** Counters that no rate, irate or increase is taken of. */
function bare(tree: Node): string[] {
  const inside = (node: Node): Node[] =>
    node.kind === 'call' && ['rate', 'irate', 'increase'].includes(node.name)
      ? []
      : [node, ...children(node).flatMap(inside)];
  return inside(tree)
    .flatMap((node) => (node.kind === 'selector' ? [metricOf(node)] : []))
    .filter((name) => COUNTERS.has(name) || name.endsWith('_total'));
}

type Placed = Pick<Panel, 'gridPos'>;

function overlap({ gridPos: a }: Placed, { gridPos: b }: Placed): boolean {
  return a!.x < b!.x + b!.w && b!.x < a!.x + a!.w && a!.y < b!.y + b!.h && b!.y < a!.y + a!.h;
}
