import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { DashboardLink, Panel, Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { DATASOURCE } from './variables.ts';

/** The grid is 24 wide. */
export type Frame = {
  title: string;
  /** What is shown and how to read it, in Markdown. */
  description: string;
  /** Of Grafana's units. */
  unit: string;
  /** Said in place of the drawing where there is no data. */
  empty: string;
  width: number;
  height?: number;
};

/** An expression and the name of its series, with their labels in `{{}}`. */
export type Line = readonly [legend: string, expr: string];

export type PanelOf = Builder<Panel>;

const HEIGHT = 9;
const REF_IDS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

function query(expr: string, at: number): DataqueryBuilder {
  return new DataqueryBuilder().datasource(DATASOURCE).refId(REF_IDS[at]!).expr(expr);
}

export function ranged(lines: readonly Line[]): Builder<Dataquery>[] {
  return lines.map(([legend, expr], at) => query(expr, at).legendFormat(legend).range());
}

/** As they are now. */
export function instant(lines: readonly Line[], format = PromQueryFormat.TimeSeries): Builder<Dataquery>[] {
  return lines.map(([legend, expr], at) => query(expr, at).legendFormat(legend).instant().format(format));
}

type Framed<P> = {
  title(text: string): P;
  description(text: string): P;
  unit(unit: string): P;
  noValue(text: string): P;
  datasource(of: typeof DATASOURCE): P;
  span(columns: number): P;
  height(rows: number): P;
};

/** What every panel has. */
export function framed<P extends Framed<P>>(panel: P, { title, description, unit, empty, width, height }: Frame): P {
  return panel
    .title(title)
    .description(description)
    .unit(unit)
    .noValue(empty)
    .datasource(DATASOURCE)
    .span(width)
    .height(height ?? HEIGHT);
}

export type Drawing = Frame & {
  lines: readonly Line[];
  stacked?: true;
  /** By the name of the series. */
  colours?: Readonly<Record<string, string>>;
  /** Names of series that are drawn dashed, unfilled and beside the stack: what the others are held against. */
  against?: readonly string[];
  /** Drawn at this height. */
  limit?: number;
  links?: Builder<DashboardLink>[];
};

/** Values over time. */
export function lines(drawing: Drawing): PanelOf {
  const panel = framed(new LinesBuilder(), drawing)
    .targets(ranged(drawing.lines))
    .min(0)
    .lineInterpolation(LineInterpolation.Linear)
    .lineWidth(drawing.stacked ? 0 : 1)
    .fillOpacity(drawing.stacked ? 75 : 8)
    .showPoints(VisibilityMode.Never)
    .legend(legend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending).hideZeros(true));
  if (drawing.stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (drawing.limit !== undefined) panel.thresholds(steps([drawing.limit, 'red'])).thresholdsStyle(dashes());
  if (drawing.links) panel.dataLinks(drawing.links);
  for (const [name, colour] of Object.entries(drawing.colours ?? {})) panel.overrideByName(name, [fixed(colour)]);
  for (const name of drawing.against ?? []) panel.overrideByName(name, AGAINST);
  return panel;
}

const fixed = (fixedColor: string) => ({ id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor } });

const AGAINST = [
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 6] } },
  { id: 'custom.lineWidth', value: 2 },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.stacking', value: { mode: StackingMode.None, group: 'B' } },
];

const dashes = () => new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);

const legend = () =>
  new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(LegendDisplayMode.Table)
    .placement(LegendPlacement.Bottom)
    .calcs(['lastNotNull', 'max']);

/** Green up to the first; each colour from its value on. */
export function steps(...from: readonly (readonly [number, string])[]): ThresholdsConfigBuilder {
  const all: Threshold[] = [{ value: null, color: 'green' }, ...from.map(([value, color]) => ({ value, color }))];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(all);
}

export const byThresholds = () => new FieldColorBuilder().mode(FieldColorModeId.Thresholds);

/** Buckets of a histogram over time; `expr` by `le` alone. */
export function heat(frame: Frame & { expr: string }): PanelOf {
  return framed(new heatmap.PanelBuilder(), frame)
    .withTarget(query(frame.expr, 0).legendFormat('{{le}}').format(PromQueryFormat.Heatmap).range())
    .calculate(false)
    .cellGap(0)
    .yAxis(new heatmap.YAxisConfigBuilder().unit(frame.unit))
    .cellValues(new heatmap.CellValuesBuilder().unit('cps').decimals(1))
    .filterValues(new heatmap.FilterValueRangeBuilder().le(1e-9))
    .tooltip(new heatmap.HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).yHistogram(true))
    .color(
      new heatmap.HeatmapColorOptionsBuilder()
        .mode(heatmap.HeatmapColorMode.Scheme)
        .scheme('Oranges')
        .scale(heatmap.HeatmapColorScale.Exponential)
        .exponent(0.5)
        .steps(64),
    );
}

/** To the pool's own dashboard. Labels are encoded: a name cannot write a URL of its own. */
export function toPool(of: '__field.labels' | '__data.fields'): Builder<DashboardLink> {
  const variables = ['job', 'instance', 'pool'].map((label) => `var-${label}=\${${of}.${label}:percentencode}`);
  const url = `/d/pooldrift-pool?var-datasource=\${datasource:percentencode}&${variables.join('&')}&\${__url_time_range}`;
  return { build: () => ({ title: 'This pool', url }) as DashboardLink }; // a field's link has no more than these
}
