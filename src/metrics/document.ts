import { CLASSIC_BOUNDS_NS } from '../windows/histogram.ts';
import { CATALOG } from './catalog.ts';
import { formatBound } from './encode.ts';
import type { Metric } from './metric.ts';

/** docs/METRICS.md. */
export function metricsDocument(): string {
  const rows = Object.values<Metric>(CATALOG);
  const bounds = CLASSIC_BOUNDS_NS.map((ns) => formatBound(ns / 1e9)).join(', ');
  return `# Metrics

Generated from src/metrics/catalog.ts by scripts/gen-metrics-doc.ts: do not edit.

\`GET /metrics\` answers in the text format 0.0.4, or in OpenMetrics 1.0.0 where the Accept header prefers it. Names and
labels are the same in both. A gauge whose value is not known is absent, never 0. The daemon's own \`process_*\` and
\`nodejs_*\` metrics follow at the end.

| name | type | labels | meaning |
|---|---|---|---|
${rows.map(row).join('\n')}

## Labels and what bounds them

A value over its cap goes to \`other\`, and is counted in \`${CATALOG.seriesDropped.name}\`.

| name | label | most values |
|---|---|---|
${rows.flatMap(caps).join('\n')}

## Histograms

Classic buckets have one fixed set of bounds, in seconds: ${bounds}. Each value is counted under a bound that is at most
1.6 % off (the first one: 5.6 %); the quantile gauges come from the full-resolution histogram, and are within 1.6 % of a
value that really occurred.
`;
}

function row({ name, type, labels, help }: Metric): string {
  return `| \`${name}\` | ${type} | ${Object.keys(labels).join(', ')} | ${help} |`;
}

function caps({ name, labels }: Metric): string[] {
  return Object.entries(labels).map(([label, cap]) => `| \`${name}\` | ${label} | ${cap} |`);
}
