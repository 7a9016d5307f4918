/** What the rest of the daemon reads of scrapes. */

/** Latency of a pool as a classic histogram of the program itself tells it, over the last scrapes. */
export type MetricLatency = {
  metric: string;
  /** CLOCK_MONOTONIC of the newest scrape in it. */
  atNs: number;
  /** drift.window, or the time between two scrapes where that is longer. */
  windowSeconds: number;
  requests: number;
  requestsPerSecond: number;
  /** Of all requests together; null where the program sends no usable sum. */
  sumSeconds: number | null;
  /** As histogram_quantile interpolates; beyond the last finite bound that bound. Null: no request. */
  p50Seconds: number | null;
  p99Seconds: number | null;
  p999Seconds: number | null;
  /** Bounds of the bucket that P99 is in: how far it may be off. The upper one is null where that is +Inf. */
  p99Interval: readonly [number, number | null] | null;
};

/** What a histogram of the program itself counted between two scrapes. */
export type Growth = {
  /** CLOCK_MONOTONIC of the scrapes. */
  fromNs: number;
  atNs: number;
  /** Ascending to +Infinity. */
  boundsSeconds: readonly number[];
  /** Requests in each bucket, not cumulative. */
  counts: Float64Array;
};

/** Of one pool. `fault`: one line, why there is no latency or what else is wrong with the scrape. */
export type ScrapeReading = { latency: MetricLatency | null; fault: string | null };
