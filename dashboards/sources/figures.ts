import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
  TableCellDisplayMode,
  TableSortByFieldStateBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { ThresholdsConfigBuilder, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { byThresholds, type Frame, framed, instant, type Line, type PanelOf, steps } from './panels.ts';

const STAT_HEIGHT = 4;

export type Figure = Frame & {
  lines: readonly Line[];
  thresholds?: ThresholdsConfigBuilder;
  decimals?: number;
  /** The names of the series are the answer. */
  names?: true;
  mappings?: ValueMapping[];
};

/** One large figure, or a few, as they are now. */
export function stat({ lines, thresholds, decimals, names, mappings, ...frame }: Figure): PanelOf {
  const panel = framed(new StatBuilder(), { height: STAT_HEIGHT, ...frame })
    .targets(instant(lines))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false))
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .textMode(names ? BigValueTextMode.Name : lines.length > 1 ? BigValueTextMode.ValueAndName : BigValueTextMode.Auto)
    .colorScheme(byThresholds())
    .thresholds(thresholds ?? steps());
  if (decimals !== undefined) panel.decimals(decimals);
  return mappings ? panel.mappings(mappings) : panel;
}

/** What a value is called. */
export function called(words: Readonly<Record<string, { text: string; color: string }>>): ValueMapping[] {
  return [{ type: MappingType.ValueToText, options: words } as ValueMapping];
}

/** Properties of one column. */
type Property = { id: string; value: unknown };
export type Column = {
  /** The label that it shows, or an expression by the table's labels. */
  from: { label: string } | { expr: string };
  title: string;
  properties?: readonly Property[];
  /** Queried, for the labels that come with it. */
  hidden?: true;
};

export type Rows = Frame & {
  columns: readonly Column[];
  /** Title of the column that it is sorted by, the greatest first. */
  worst: string;
};

/** A row for each set of labels; the expressions' series are joined by the labels that all of them have. */
export function table({ columns, worst, ...frame }: Rows): PanelOf {
  const exprs = columns.flatMap(({ from }) => ('expr' in from ? [from.expr] : []));
  const fields = fieldsOf(columns);
  const panel = framed(new TableBuilder(), frame)
    .targets(
      instant(
        exprs.map((expr) => ['', expr] as const),
        PromQueryFormat.Table,
      ),
    )
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: Object.fromEntries([
          ['Time', true],
          ...fields.filter((_, at) => columns[at]!.hidden).map((field) => [field, true]),
        ]),
        indexByName: Object.fromEntries(fields.map((field, at) => [field, at])),
        renameByName: Object.fromEntries(fields.map((field, at) => [field, columns[at]!.title])),
      },
    })
    .sortBy([new TableSortByFieldStateBuilder().displayName(worst).desc(true)])
    .cellOptions({ type: TableCellDisplayMode.Auto })
    .colorScheme(byThresholds())
    .thresholds(steps())
    .overrideByRegexp('.*', [{ id: 'noValue', value: '–' }]); // else each unknown cell says what the empty table says
  for (const { title, properties } of columns) if (properties) panel.overrideByName(title, [...properties]);
  return panel;
}

/** As Grafana names them: a label by itself, the value of the query with refId A `Value #A`. */
function fieldsOf(columns: readonly Column[]): string[] {
  let queries = 0;
  return columns.map(({ from }) => ('label' in from ? from.label : `Value #${String.fromCharCode(65 + queries++)}`));
}

export const unit = (value: string): Property => ({ id: 'unit', value });
export const decimals = (value: number): Property => ({ id: 'decimals', value });
export const width = (value: number): Property => ({ id: 'custom.width', value });

/** The text of the cell in the colours of the thresholds. */
export const coloured = (...from: readonly (readonly [number, string])[]): Property[] => [
  { id: 'thresholds', value: steps(...from).build() },
  { id: 'custom.cellOptions', value: { type: 'color-text' } },
];
