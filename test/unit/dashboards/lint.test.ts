import assert from 'node:assert/strict';
import { ALL, type Dashboard, type Panel, panelsOf } from '../../lib/grafana/dashboards.ts';
import { LINTER, OURS, type Rule } from '../../lib/grafana/lint.ts';

type Spoil = (dashboard: Dashboard, panel: Panel) => unknown;

const expr =
  (change: (text: string) => string): Spoil =>
  (_, { targets: [first] }) => {
    first!.expr = change(first!.expr);
  };
const variable =
  (called: string, change: object): Spoil =>
  ({ templating }) =>
    Object.assign(templating.list.find(({ name }) => name === called)!, change);

/** What each rule must find. */
const SPOILT: Readonly<Record<string, Spoil[]>> = {
  'template-datasource-rule': [variable('datasource', { name: 'prom' }), variable('datasource', { label: 'Source' })],
  'template-job-rule': [variable('job', { multi: false }), variable('job', { allValue: '.*' })],
  'template-instance-rule': [variable('instance', { name: 'node' }), variable('instance', { type: 'custom' })],
  'template-label-promql-rule': [variable('pool', { query: { query: 'label_values(sum(up), pool)' } })],
  'template-on-time-change-reload-rule': [variable('job', { refresh: 1 })],
  'panel-datasource-rule': [
    (_, panel) => Object.assign(panel, { datasource: { type: 'prometheus', uid: 'mine' } }),
    (_, { targets }) => Reflect.deleteProperty(targets[0]!, 'datasource'),
  ],
  'panel-title-description-rule': [(_, panel) => Object.assign(panel, { description: '' })],
  'panel-units-rule': [(_, { fieldConfig }) => Object.assign(fieldConfig.defaults, { unit: 'sec' })],
  'panel-no-targets-rule': [(_, panel) => Object.assign(panel, { targets: [] })],
  'target-promql-rule': [expr((text) => `sum(${text}`)],
  'target-rate-interval-rule': [
    expr(() => 'rate(pooldrift_ring_lost_total{job=~"$job",instance=~"$instance"}[5m])'),
    expr(() => 'irate(pooldrift_ring_lost_total{job=~"$job",instance=~"$instance"}[1m])'),
  ],
  'target-job-rule': [
    expr((text) => text.replaceAll('job=~"$job",', '')),
    expr((text) => text.replace('=~"$job"', '="$job"')),
  ],
  'target-instance-rule': [expr((text) => text.replace('instance=~"$instance"', 'instance=~"a"'))],
  'target-counter-agg-rule': [expr(() => 'sum(pooldrift_ring_lost_total{job=~"$job",instance=~"$instance"})')],
  'uneditable-dashboard': [(dashboard) => Object.assign(dashboard, { editable: true })],
  'an empty state': [(_, { fieldConfig }) => Reflect.deleteProperty(fieldConfig.defaults, 'noValue')],
  'a legend for each series': [(_, { targets }) => Reflect.deleteProperty(targets[0]!, 'legendFormat')],
  'no two queries of a panel under one name': [(_, { targets }) => targets.push(targets[0]!)],
  'relative times': [(dashboard) => Object.assign(dashboard, { time: { from: '2026-11-20T00:00:00Z', to: 'now' } })],
  'links that a name cannot write': [
    (_, { fieldConfig }) =>
      Object.assign(fieldConfig.defaults, { links: [{ url: '/d/x?var-pool=$' + '{__field.labels.pool}' }] }),
  ],
  'ids of their own': [(_, panel) => Object.assign(panel, { id: 1 })],
  'panels side by side': [(_, { gridPos }) => Object.assign(gridPos!, { w: 24 })],
};

describe("dashboard-linter's rules, and ours", () => {
  const rules: Record<string, Rule> = { ...LINTER, ...OURS };

  for (const [name, rule] of Object.entries(rules))
    it(name, () => {
      assert.deepEqual(ALL.flatMap(rule), []);
      const spoils = SPOILT[name] ?? [];
      assert.ok(spoils.length > 0, 'nothing shows that the rule finds anything');
      for (const spoil of spoils) {
        const dashboard = structuredClone(ALL.find(({ uid }) => uid === 'pooldrift-tcp')!);
        spoil(dashboard, panelsOf(dashboard)[0]!);
        assert.notDeepEqual(rule(dashboard), [], `${spoil}`);
      }
    });
});
