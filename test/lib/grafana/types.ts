/**
 * What Grafana takes as a dashboard of ours: the types of @grafana/schema, which leave the options of a panel and its
 * queries open, closed again by those of each panel that we use. scripts/gen-dashboard-schema.ts makes a JSON schema
 * of it.
 */
import type {
  AnnotationQuery,
  Dashboard as AnyDashboard,
  Panel as AnyPanel,
  DataQuery,
  FieldConfig,
  FieldConfigSource,
  RowPanel,
  VariableModel,
} from '@grafana/schema';
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

/** Not in @grafana/schema any more: the plugin of the data source has it. */
export interface PrometheusQuery extends Omit<DataQuery, 'key'> {
  expr: string;
  legendFormat?: string;
  instant?: boolean;
  range?: boolean;
  format?: 'time_series' | 'table' | 'heatmap';
}

type Fields<Custom> = Omit<FieldConfigSource, 'defaults'> & {
  defaults: Omit<FieldConfig, 'custom'> & { custom?: Custom };
};

interface PanelOf<Type, Options, Custom> extends Omit<AnyPanel, 'type' | 'targets' | 'options' | 'fieldConfig'> {
  type: Type;
  targets: PrometheusQuery[];
  options: Options;
  fieldConfig: Fields<Custom>;
}

export type Panel =
  | PanelOf<'timeseries', timeseries.Options, timeseries.FieldConfig>
  | PanelOf<'stat', stat.Options, Record<string, never>>
  | PanelOf<'table', table.Options, table.FieldConfig>
  | PanelOf<'heatmap', heatmap.Options, heatmap.FieldConfig>;

/** The Prometheus data source keeps these beside the query. */
interface Annotation extends Omit<AnnotationQuery<PrometheusQuery>, 'target'> {
  target: PrometheusQuery;
  titleFormat?: string;
  textFormat?: string;
  tagKeys?: string;
  useValueForTime?: boolean;
}

/** `definition` is what Grafana shows of a query in its list of variables. */
type Variable = VariableModel & { definition?: string };

export interface Dashboard extends Omit<AnyDashboard, 'panels' | 'annotations' | 'templating'> {
  panels: (Panel | (Omit<RowPanel, 'panels'> & { panels: Panel[] }))[];
  annotations: { list?: Annotation[] };
  templating: { list: Variable[] };
}
