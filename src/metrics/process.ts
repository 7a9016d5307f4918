import client from '@prometheus-io/client';
import { formatBound, labelString } from './encode.ts';
import type { Family, MetricType } from './metric.ts';

/** What of the library's defaults is worth its series. Others break a naming rule (gauges that end in `_total`). */
const WANTED =
  /^(process_(?!heap_bytes)|nodejs_(eventloop_lag_(mean_|max_|p99_)?seconds|heap_size_|external_memory_|gc_))/;

/**
 * The daemon's own process_* and nodejs_* metrics. Rendered by our encoder from plain values: the library's own
 * OpenMetrics renderer renames the counters of its live registry.
 */
export class ProcessMetrics {
  readonly #registry = new client.Registry();

  constructor() {
    client.collectDefaultMetrics({ register: this.#registry, ...SELDOM });
  }

  async families(): Promise<Family[]> {
    const metrics = (await this.#registry.getMetricsAsJSON()) as unknown as LibraryMetric[];
    return metrics.filter(({ name }) => WANTED.test(name)).map(toFamily);
  }
}

/** The library's own timers, milliseconds: a lag is seen to a second, the utilisation it samples is not shown. */
const SELDOM = { eventLoopMonitoringPrecision: 1000, eventLoopUtilizationTimeout: 2 ** 31 - 1 };

type LibraryValue = { value: number; metricName?: string; labels: Record<string, string | number> };
type LibraryMetric = { name: string; help: string; type: string; values: LibraryValue[] };

function toFamily({ name, help, type, values }: LibraryMetric): Family {
  const points = values.map(({ value, metricName, labels }) => ({
    suffix: (metricName ?? name).slice(name.length),
    labels: labelString(Object.fromEntries(Object.entries(labels).map(([key, of]) => [key, labelValue(of)]))),
    value,
  }));
  return { metric: { name, help, type: type as MetricType, unit: unitOf(name) }, points };
}

/** The library keeps `le` as a number. */
function labelValue(value: string | number): string {
  return typeof value === 'number' ? formatBound(value) : value;
}

function unitOf(name: string): 'seconds' | 'bytes' | '' {
  return /_seconds(_total)?$/.test(name) ? 'seconds' : /_bytes$/.test(name) ? 'bytes' : '';
}
