import { type ClassicHistogram, type Counts, sameBounds } from './classic.ts';
import { classicQuantile } from './quantile.ts';
import type { Growth, MetricLatency } from './types.ts';

/** A long window of a short interval keeps fewer moments than it has scrapes. */
const MOMENTS_MAX = 64;
/** Longer without a scrape, in windows, intervals or timeouts: what lies before is no longer the last seconds. */
const GAPS_MAX = 3;
const TIMEOUT_NS = 5e9;
/** More than one reset in so many scrapes: the counters tell nothing. */
const RESETS_OF = 5;

/** Growth since the first scrape, summed over label sets: `counts` are cumulative by bound. */
type Moment = { atNs: number; counts: Float64Array; sum: number };

/** The last scrapes of one classic histogram. Time is an argument. */
export class HistogramWindow {
  readonly #metric: string;
  readonly #windowNs: number;
  readonly #intervalNs: number;
  readonly #unitSeconds: number;
  #bounds: readonly number[] = [];
  /** Of the last scrape; null before the first. */
  #series: ReadonlyMap<string, Counts> | null = null;
  #newest: Moment | null = null;
  #moments: Moment[] = [];
  #resets: boolean[] = [];

  constructor(metric: string, windowNs: number, intervalNs: number) {
    this.#metric = metric;
    this.#windowNs = windowNs;
    this.#intervalNs = intervalNs;
    this.#unitSeconds = unitSeconds(metric);
  }

  /** The counters went back twice or more in the last scrapes. */
  get unsteady(): boolean {
    return this.#resets.filter(Boolean).length > 1;
  }

  /** How many it keeps. */
  get moments(): number {
    return this.#moments.length;
  }

  /** Takes a scrape; one without series says that nothing has been counted yet. Null: there is none to compare it with. */
  add({ bounds, series }: ClassicHistogram, atNs: number): Growth | null {
    const known = this.#bounds.length > 0 && series.size > 0;
    if ((known && !sameBounds(bounds, this.#bounds)) || this.#late(atNs)) this.#restart();
    if (series.size > 0) this.#bounds = bounds;
    const before = this.#newest;
    this.#newest = this.#grown(series, atNs);
    this.#series = series;
    const last = this.#moments.at(-1);
    if (!last || atNs - last.atNs >= this.#windowNs / (MOMENTS_MAX - 2)) this.#moments.push(this.#newest);
    this.#forget();
    return before && this.#growth(before, this.#newest);
  }

  #growth(from: Moment, to: Moment): Growth {
    const counts = monotonic(to.counts.map((count, i) => count - (from.counts[i] ?? 0)));
    return {
      fromNs: from.atNs,
      atNs: to.atNs,
      boundsSeconds: this.#bounds.map((bound) => bound * this.#unitSeconds),
      counts: counts.map((count, i) => count - (counts[i - 1] ?? 0)),
    };
  }

  #late(atNs: number): boolean {
    const usualNs = Math.max(this.#windowNs, this.#intervalNs, TIMEOUT_NS);
    return this.#newest !== null && atNs - this.#newest.atNs > GAPS_MAX * usualNs;
  }

  #restart(): void {
    this.#series = null;
    this.#newest = null;
    this.#moments = [];
  }

  /** A label set that is new, or whose counters went back, has counted from zero since the last scrape. */
  #grown(series: ReadonlyMap<string, Counts>, atNs: number): Moment {
    const counts = Float64Array.from(this.#bounds, (_, i) => this.#newest?.counts[i] ?? 0);
    const moment = { atNs, counts, sum: this.#newest?.sum ?? 0 };
    if (this.#series === null) return moment;
    let anyReset = false;
    for (const [labels, now] of series) {
      const last = this.#series.get(labels);
      const reset = last !== undefined && now.counts.some((count, i) => count < last.counts[i]!);
      const from = reset ? undefined : last;
      for (let i = 0; i < counts.length; i++) counts[i]! += now.counts[i]! - (from?.counts[i] ?? 0);
      moment.sum += now.sum - (from?.sum ?? 0);
      anyReset ||= reset;
    }
    this.#resets = [...this.#resets, anyReset].slice(-RESETS_OF);
    return moment;
  }

  /** The first one kept is that nearest to the window's begin; never the newest alone. */
  #forget(): void {
    const edgeNs = this.#newest!.atNs - this.#windowNs + this.#intervalNs / 2;
    const passed = (moment: Moment | undefined) => moment && moment !== this.#newest && moment.atNs <= edgeNs;
    while (passed(this.#moments[1])) this.#moments.shift();
  }

  /** Null before the second scrape. */
  latency(): MetricLatency | null {
    const [from] = this.#moments;
    const to = this.#newest;
    if (!from || !to || from === to) return null;
    const counts = monotonic(to.counts.map((count, i) => count - (from.counts[i] ?? 0)));
    const windowSeconds = (to.atNs - from.atNs) / 1e9;
    const requests = counts.at(-1) ?? 0;
    const sum = (to.sum - from.sum) * this.#unitSeconds;
    return {
      metric: this.#metric,
      atNs: to.atNs,
      windowSeconds,
      requests,
      requestsPerSecond: requests / windowSeconds,
      sumSeconds: Number.isFinite(sum) ? sum : null,
      ...this.#quantiles(counts),
    };
  }

  #quantiles(counts: Float64Array) {
    const unit = this.#unitSeconds;
    const [p50, p99, p999] = [0.5, 0.99, 0.999].map((q) => classicQuantile(this.#bounds, counts, q));
    const p99Interval = p99 && ([p99.low * unit, Number.isFinite(p99.high) ? p99.high * unit : null] as const);
    const seconds = (at: typeof p99) => (at ? at.value * unit : null);
    return {
      p50Seconds: seconds(p50),
      p99Seconds: seconds(p99),
      p999Seconds: seconds(p999),
      p99Interval: p99Interval ?? null,
    };
  }
}

/** A target that counts while it writes may send a bucket with less than the one below it. */
function monotonic(counts: Float64Array): Float64Array {
  for (let i = 1; i < counts.length; i++) counts[i] = Math.max(counts[i]!, counts[i - 1]!);
  return counts;
}

const UNITS: readonly [RegExp, number][] = [
  [/_(milliseconds|ms)$/, 1e-3],
  [/_(microseconds|us)$/, 1e-6],
  [/_(nanoseconds|ns)$/, 1e-9],
];

/** The unit of a metric by the end of its name; seconds where that tells none. */
export function unitSeconds(metric: string): number {
  return UNITS.find(([ending]) => ending.test(metric))?.[1] ?? 1;
}
