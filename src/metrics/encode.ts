import type { Family, Point } from './metric.ts';

/** Prometheus text exposition format 0.0.4, or OpenMetrics 1.0.0 (openmetrics.io). */
export type Format = 'text' | 'openmetrics';

export const CONTENT_TYPE: Record<Format, string> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** `pool="a",state="b"`: values escaped, no braces. */
export function labelString(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',');
}

export function escapeLabel(value: string): string {
  return /[\\\n"]/.test(value) ? value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"') : value;
}

/** Families with no point are left out, and points without a number: what is not known is absent, never NaN or 0. */
export function encode(families: Iterable<Family>, format: Format): string {
  let out = '';
  for (const family of families) {
    const lines = encodePoints(family);
    if (lines !== '') out += header(family, format) + lines;
  }
  return format === 'openmetrics' ? `${out}# EOF\n` : out;
}

/** OpenMetrics names a counter's family without `_total`, its samples with it; the text format has it in both. */
function header({ metric }: Family, format: Format): string {
  const { type, unit } = metric;
  const openmetrics = format === 'openmetrics';
  const name = openmetrics && type === 'counter' ? metric.name.replace(/_total$/, '') : metric.name;
  const unitLine = openmetrics && unit !== '' ? `# UNIT ${name} ${unit}\n` : '';
  return `# HELP ${name} ${escapeHelp(metric.help, openmetrics)}\n# TYPE ${name} ${type}\n${unitLine}`;
}

function escapeHelp(help: string, quotes: boolean): string {
  const escaped = help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
  return quotes ? escaped.replace(/"/g, '\\"') : escaped;
}

function encodePoints({ metric, points }: Family): string {
  let lines = '';
  for (const point of points) if (!Number.isNaN(point.value)) lines += encodePoint(metric.name, point);
  return lines;
}

function encodePoint(name: string, { suffix = '', labels, value }: Point): string {
  const set = labels === '' ? '' : `{${labels}}`;
  return `${name}${suffix}${set} ${formatValue(value)}\n`;
}

function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

/** OpenMetrics' canonical form of a bound, used in both formats so that a series keeps its name: 1e-06, 0.001, 1.0. */
export function formatBound(bound: number): string {
  if (Number.isInteger(bound)) return `${bound}.0`;
  if (bound >= 1e-4) return String(bound);
  return bound.toExponential().replace(/e-(\d)$/, 'e-0$1');
}
