import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type AnnotationQuery,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelOf } from './panels.ts';
import { datasource, instance, job } from './variables.ts';

const TAG = 'pooldrift';

export type Board = {
  /** Ends its uid and its file name. */
  name: string;
  title: string;
  description: string;
  from: string;
  /** Beside data source, job and instance. */
  variables: Builder<VariableModel>[];
  annotations?: Builder<AnnotationQuery>[];
  rows: readonly Row[];
};

export type Row = { title: string; panels: readonly PanelOf[] };

export function uidOf({ name }: Board): string {
  return `${TAG}-${name}`;
}

/** The dashboard as Grafana takes it. */
export function built(board: Board): Dashboard {
  const dashboard = new DashboardBuilder(`pooldrift / ${board.title}`)
    .uid(uidOf(board))
    .description(board.description)
    .tags([TAG])
    .readonly()
    .timezone('browser')
    .time({ from: `now-${board.from}`, to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([datasource(), job(), instance(), ...board.variables])
    .annotations(board.annotations ?? [])
    .link(others());
  for (const row of board.rows) addRow(dashboard, row);
  return numbered(plain(dashboard.build()));
}

const others = () =>
  new DashboardLinkBuilder('pooldrift').type(DashboardLinkType.Dashboards).tags([TAG]).includeVars(true).keepTime(true);

function addRow(dashboard: DashboardBuilder, { title, panels }: Row): void {
  dashboard.withRow(new RowBuilder(title));
  for (const panel of panels) dashboard.withPanel(panel);
}

/**
 * Without what the library's defaults have too much: links and switches of annotations in a menu, what only variables of
 * intervals have, the footer that tables of Grafana 13 have no more.
 */
function plain(dashboard: Dashboard): Dashboard {
  for (const variable of dashboard.templating?.list ?? [])
    for (const key of ['auto', 'auto_min', 'auto_count'] as const) delete variable[key];
  for (const panel of dashboard.panels ?? []) if ('options' in panel) delete panel.options.footer;
  for (const link of dashboard.links ?? []) delete link.placement;
  for (const annotation of dashboard.annotations?.list ?? []) delete annotation.placement;
  return dashboard;
}

/** Each panel has an id of its own: links to one need it. */
function numbered(dashboard: Dashboard): Dashboard {
  let id = 0;
  for (const panel of dashboard.panels ?? []) panel.id = ++id;
  return dashboard;
}
