import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DASHBOARDS } from '../../../src/cli/dashboards.ts';
import type { Dashboard, Panel, PrometheusQuery } from './types.ts';

const FOLDER = join(import.meta.dirname, '../../../dashboards/grafana');

export type { Dashboard, Panel, PrometheusQuery };

/** As they are committed. */
export const ALL: readonly Dashboard[] = DASHBOARDS.map((name) =>
  JSON.parse(readFileSync(join(FOLDER, `pooldrift-${name}.json`), 'utf8')),
);

/** Without the rows. */
export function panelsOf({ panels }: Dashboard): Panel[] {
  return panels.filter((panel): panel is Panel => 'targets' in panel);
}

/** One query and where it stands, for messages. */
export type Query = PrometheusQuery & { at: string; dashboard: Dashboard; panel: Panel | null };

/** Of panels and annotations. */
export function queriesOf(dashboard: Dashboard): Query[] {
  const of = (panel: Panel | null, query: PrometheusQuery, where: string): Query => ({
    ...query,
    at: `${dashboard.uid}, ${where}, ${query.refId}`,
    dashboard,
    panel,
  });
  return [
    ...panelsOf(dashboard).flatMap((panel) => panel.targets.map((query) => of(panel, query, panel.title!))),
    ...(dashboard.annotations.list ?? []).map(({ name, target }) => of(null, target, name)),
  ];
}

/** The query of a variable that asks for the values of a label. */
export type LabelValues = { name: string; selector: string; label: string; regex: string };

export function labelValuesOf({ templating }: Dashboard): LabelValues[] {
  return templating.list
    .filter(({ type }) => type === 'query')
    .map(({ name, query, regex }) => {
      const { query: text } = query as { query: string };
      const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(text)!;
      return { name, selector: selector!, label: label!, regex: regex! };
    });
}
