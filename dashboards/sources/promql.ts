import { CATALOG, type MetricKey } from '../../src/metrics/catalog.ts';
import type { Metric, MetricType } from '../../src/metrics/metric.ts';

type Rows = typeof CATALOG;
type KeyOf<T extends MetricType> = { [K in MetricKey]: Rows[K]['type'] extends T ? K : never }[MetricKey];
/** What Prometheus adds to each series. */
type Added = 'job' | 'instance';
type Own<K extends MetricKey> = keyof Rows[K]['labels'] & string;
/** Matchers beyond those of the variables: `{ when: '="now"' }`. */
type Where<K extends MetricKey> = { readonly [L in Own<K>]?: string };

declare const LABELS: unique symbol;
/** An expression whose series have these labels. */
export type Series<L extends string> = string & { readonly [LABELS]?: L };

/** The daemon's own process, as its client library names it: these are in no catalog of ours. */
export const PROCESS_METRICS = [
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'nodejs_eventloop_lag_p99_seconds',
] as const;
type ProcessMetric = (typeof PROCESS_METRICS)[number];

export const RATE_INTERVAL = '$__rate_interval';

/** Chosen by the variables of the dashboard. */
function selected(name: string, ofPool: boolean, where: Readonly<Record<string, string | undefined>>): string {
  const chosen = { job: '=~"$job"', instance: '=~"$instance"', ...(ofPool && { pool: '=~"$pool"' }), ...where };
  return `${name}{${Object.entries(chosen).map(([label, matcher]) => `${label}${matcher}`)}}`;
}

function selector(key: MetricKey, where: Readonly<Record<string, string | undefined>>, suffix = ''): string {
  const { name, labels }: Metric = CATALOG[key];
  return selected(name + suffix, 'pool' in labels, where);
}

export function gauge<K extends KeyOf<'gauge'>>(key: K, where: Where<K> = {}): Series<Own<K> | Added> {
  return selector(key, where);
}

/** A second. */
export function rate<K extends KeyOf<'counter'>>(key: K, where: Where<K> = {}): Series<Own<K> | Added> {
  return `rate(${selector(key, where)}[${RATE_INTERVAL}])`;
}

/** Over the interval, extrapolated. */
export function increase<K extends KeyOf<'counter'>>(key: K, where: Where<K> = {}): Series<Own<K> | Added> {
  return `increase(${selector(key, where)}[${RATE_INTERVAL}])`;
}

/** A second, over 5 minutes: of a counter that grows once a minute. */
export function slowRate<K extends KeyOf<'counter'>>(key: K): Series<Own<K> | Added> {
  return `increase(${selector(key, {})}[5m]) / 300`;
}

/** How many were observed a second. */
export function countRate<K extends KeyOf<'histogram' | 'summary'>>(key: K): Series<Own<K> | Added> {
  return `rate(${selector(key, {}, '_count')}[${RATE_INTERVAL}])`;
}

/** The sum of what was observed, a second. */
export function sumRate<K extends KeyOf<'histogram' | 'summary'>>(key: K): Series<Own<K> | Added> {
  return `rate(${selector(key, {}, '_sum')}[${RATE_INTERVAL}])`;
}

export function buckets<K extends KeyOf<'histogram'>>(key: K): Series<Own<K> | Added | 'le'> {
  return `rate(${selector(key, {}, '_bucket')}[${RATE_INTERVAL}])`;
}

export function quantile<K extends KeyOf<'histogram'>>(
  share: number,
  by: readonly (Own<K> | Added)[],
  key: K,
): Series<Own<K> | Added> {
  return `histogram_quantile(${share}, ${aggregate('sum', [...by, 'le'], buckets(key))})`;
}

export function processGauge(name: Exclude<ProcessMetric, `${string}_total`>): Series<Added> {
  return selected(name, false, {});
}

export function processRate(name: ProcessMetric & `${string}_total`): Series<Added> {
  return `rate(${selected(name, false, {})}[${RATE_INTERVAL}])`;
}

export function sum<L extends string, By extends L>(by: readonly By[], of: Series<L>): Series<By> {
  return aggregate('sum', by, of);
}

export function avg<L extends string, By extends L>(by: readonly By[], of: Series<L>): Series<By> {
  return aggregate('avg', by, of);
}

export function max<L extends string, By extends L>(by: readonly By[], of: Series<L>): Series<By> {
  return aggregate('max', by, of);
}

export function count<L extends string, By extends L>(by: readonly By[], of: Series<L>): Series<By> {
  return aggregate('count', by, of);
}

export function topk<L extends string>(most: number, of: Series<L>): Series<L> {
  return `topk(${most}, ${of})`;
}

function aggregate(operator: string, by: readonly string[], of: string): string {
  return by.length === 0 ? `${operator}(${of})` : `${operator} by (${by.join(', ')}) (${of})`;
}

export function min<L extends string, By extends L>(by: readonly By[], of: Series<L>): Series<By> {
  return aggregate('min', by, of);
}

/** `left` over `right` by the labels that both have; nothing where `right` is 0. */
export function ratio<L extends string>(left: Series<L>, right: Series<L>): Series<L> {
  return `${left} / (${right} > 0)`;
}
