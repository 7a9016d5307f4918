export type MetricType = 'gauge' | 'counter' | 'histogram' | 'summary';

/** One row of the catalog. */
export type Metric = {
  /** As users type it: a counter ends in `_total`. */
  name: string;
  type: MetricType;
  /** OpenMetrics' unit, the last word of the name before `_total`; empty where there is none. */
  unit: '' | 'seconds' | 'bytes' | 'ratio';
  help: string;
  /** Each label with what bounds its values. */
  labels: Readonly<Record<string, string>>;
};

/** The label of everything that is about one pool. */
export const POOL = { pool: 'limits.pools' } as const;

/** One sample line: `labels` is already escaped, without braces; `suffix` is `_bucket` and the like. */
export type Point = { suffix?: string; labels: string; value: number };

export type Family = { metric: Pick<Metric, 'name' | 'type' | 'unit' | 'help'>; points: Point[] };
