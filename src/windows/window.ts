import { type PoolSample, STATES } from '../decode/sample.ts';
import { Activity } from './activity.ts';
import { quantile, WAIT_BUCKETS } from './histogram.ts';
import { type Moment, momentOf, type Span, spanBetween, waitsBetween, wentBack } from './moment.ts';
import { Moments } from './moments.ts';

export type WindowOptions = {
  /** `drift.window`: what the quantiles cover. */
  windowNs: number;
  /** `interval`: what parallelism, demand and activity are averaged over. */
  intervalNs: number;
};

export type Gauges = {
  activeWorkers: number | null;
  /** Mean workers on a CPU at once. */
  parallelism: number | null;
  /** Mean workers on a CPU, waking, in a run queue or throttled. */
  demand: number | null;
  waitP99Ns: number | null;
  /** What happened over the last interval; null before the second sample. */
  recent: Span | null;
};

/** The last seconds of one pool. */
export class PoolWindow {
  readonly #options: WindowOptions;
  readonly #activity: Activity;
  readonly #delta = new Uint32Array(WAIT_BUCKETS);
  readonly #moments: Moments<Moment>;

  constructor(options: WindowOptions) {
    this.#options = options;
    this.#activity = new Activity(options.intervalNs);
    this.#moments = new Moments(Math.max(options.windowNs, options.intervalNs));
  }

  look(active: number, atNs: number): void {
    this.#activity.look(active, atNs);
  }

  add(sample: PoolSample): void {
    const moment = momentOf(sample);
    const { newest } = this.#moments;
    if (newest !== null && wentBack(newest, moment)) this.#moments.clear();
    this.#moments.add(moment);
  }

  get activeWorkers(): number | null {
    const { newest } = this.#moments;
    return newest && this.#activity.mean(newest.atNs);
  }

  /** The moment nearest to `agoNs` before the newest one; null where there is none but the newest. */
  #since(agoNs: number): Moment | null {
    const { atNs } = this.#moments.newest!;
    return this.#moments.near(atNs - agoNs, atNs);
  }

  gauges(): Gauges {
    const { newest } = this.#moments;
    const from = newest && this.#since(this.#options.intervalNs);
    const recent = newest && from && spanBetween(from, newest);
    return {
      activeWorkers: this.activeWorkers,
      parallelism: recent && recent.timeNs.oncpu / recent.durationNs,
      demand: recent && demandNs(recent) / recent.durationNs,
      waitP99Ns: this.waitQuantile(0.99),
      recent,
    };
  }

  /** Over the drift window, full resolution; nanoseconds; null where no wait ended in it. */
  waitQuantile(q: number): number | null {
    const { newest } = this.#moments;
    const from = newest && this.#since(this.#options.windowNs);
    return newest && from && quantile(waitsBetween(from, newest, this.#delta), q);
  }
}

/** Time of workers that ran or wanted to. */
export function demandNs(span: Span): number {
  return STATES.reduce((sum, state) => (state === 'blocked' ? sum : sum + span.timeNs[state]), 0);
}
