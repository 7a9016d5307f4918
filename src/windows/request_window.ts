import { type BudgetRow, type Component, DOUBTS, type Doubt, type RequestSample } from '../decode/sample.ts';
import type { ScrapeReading } from '../scrape/types.ts';
import { quantile, quantileInterval, total } from './histogram.ts';
import { Moments } from './moments.ts';
import {
  type RequestMoment,
  type RequestSpan,
  requestMoment,
  requestsBetween,
  requestsWentBack,
} from './request_moment.ts';
import { meanParts, type TailBudget, tailBudget } from './tail.ts';
import { tailDispersion } from './tail_dispersion.ts';

/** One doubted request in so many makes the numbers untrusted. */
const DOUBTED_OF = 1000;

const TAIL_SHARE = 0.01;

/** A pool's requests over the drift window. Times in nanoseconds; what is not known is null. */
export type RequestReading = {
  /** Measured by the kernel side, or scraped from the program's own metric, which knows no budget. */
  source: 'kernel' | 'metric';
  /** One line: what is wrong with the scrape. */
  fault: string | null;
  /** What the figures cover; 0: not two samples yet. */
  durationNs: number;
  requests: number;
  p50Ns: number | null;
  p99Ns: number | null;
  p999Ns: number | null;
  /** P99 from the last byte's arrival. */
  p99LastNs: number | null;
  /** 95 % confidence; of a scraped P99 the bounds of its bucket, the upper one null where that is infinite. */
  p99IntervalNs: readonly [low: number, high: number | null] | null;
  trusted: boolean;
  /** The most frequent reason why not; null where trusted. */
  doubt: Doubt | null;
  /** Share of the requests that one thread read and another answered. */
  movedShare: number | null;
  tail: TailBudget | null;
  /** Mean parts of all requests, nanoseconds; null where that is not known. */
  perRequestNs: Record<Component, number> | null;
  /** The counters behind it, at the moment of the read; null where scraped. */
  sample: RequestSample | null;
};

/** The requests of one pool in the last seconds. Pure: time comes with the samples. */
export class RequestWindow {
  readonly #windowNs: number;
  readonly #moments: Moments<RequestMoment>;

  constructor(windowNs: number) {
    this.#windowNs = windowNs;
    this.#moments = new Moments(windowNs);
  }

  /** A sample that is older than the newest one is left out. */
  add(sample: RequestSample): void {
    const moment = requestMoment(sample);
    const { newest } = this.#moments;
    if (newest !== null && moment.atNs <= newest.atNs) return;
    if (newest !== null && requestsWentBack(newest, moment)) this.#moments.clear();
    this.#moments.add(moment);
  }

  /** Requests are not measured now: the window begins anew when they are again. */
  clear(): void {
    this.#moments.clear();
  }

  /**
   * The window that ends with `sample`, which is not kept. `relativeVariance`: of the share of slow requests from one
   * window to the next, over its mean squared, as the pool's baseline knows it.
   */
  read(sample: RequestSample, relativeVariance = 0): RequestReading {
    const moment = requestMoment(sample);
    const { newest } = this.#moments;
    const anew = newest !== null && newest.atNs <= moment.atNs && requestsWentBack(newest, moment);
    const from = anew ? null : this.#moments.near(moment.atNs - this.#windowNs, moment.atNs);
    const span = requestsBetween(from ?? moment, moment);
    const known = 1 + relativeVariance * total(span.first) * TAIL_SHARE;
    const seen = from === null ? 1 : tailDispersion([...this.#moments.since(from), moment], span.first);
    return readingOf(span, sample, Math.max(known, seen));
  }
}

function readingOf(span: RequestSpan, sample: RequestSample, dispersion: number): RequestReading {
  const { durationNs, first, last, rows, doubted } = span;
  const requests = total(first);
  const doubt = doubtOf(doubted, requests);
  return {
    source: 'kernel',
    fault: null,
    durationNs,
    requests,
    p50Ns: quantile(first, 0.5),
    p99Ns: quantile(first, 0.99),
    p999Ns: quantile(first, 0.999),
    p99LastNs: quantile(last, 0.99),
    p99IntervalNs: quantileInterval(first, 0.99, dispersion),
    trusted: doubt === null,
    doubt,
    movedShare: movedShare(rows),
    tail: tailBudget(rows),
    perRequestNs: meanParts(rows),
    sample,
  };
}

/** A connection that is not followed hides an unknown number of requests: one is enough. */
function doubtOf(doubted: Record<Doubt, number>, requests: number): Doubt | null {
  const all = DOUBTS.reduce((sum, doubt) => sum + doubted[doubt], 0);
  if (all > 0 && all * DOUBTED_OF >= requests) return DOUBTS.reduce((a, b) => (doubted[b] > doubted[a] ? b : a));
  return doubted.sockets > 0 ? 'sockets' : null;
}

function movedShare(rows: readonly BudgetRow[]): number | null {
  const requests = rows.reduce((sum, row) => sum + row.requests, 0);
  return requests === 0 ? null : rows.reduce((sum, row) => sum + row.moved, 0) / requests;
}

/** The quantiles of the program's own histogram: as exact as its buckets are, with nothing behind them. */
export function scrapedReading({ latency, fault }: ScrapeReading): RequestReading {
  const ns = (seconds: number | null | undefined) => (seconds == null ? null : seconds * 1e9);
  const [low, high] = latency?.p99Interval ?? [null, null];
  return {
    source: 'metric',
    fault,
    durationNs: ns(latency?.windowSeconds) ?? 0,
    requests: latency?.requests ?? 0,
    p50Ns: ns(latency?.p50Seconds),
    p99Ns: ns(latency?.p99Seconds),
    p999Ns: ns(latency?.p999Seconds),
    p99LastNs: null,
    p99IntervalNs: low === null ? null : [ns(low)!, ns(high)],
    trusted: true,
    doubt: null,
    movedShare: null,
    tail: null,
    perRequestNs: null,
    sample: null,
  };
}
