import { type PoolSample, STATES } from '../decode/sample.ts';
import { Activity } from './activity.ts';
import { quantile, WAIT_BUCKETS } from './histogram.ts';
import { type Moment, momentOf, type Span, spanBetween, waitsBetween, wentBack } from './moment.ts';

/** Most moments that a window keeps: about 3.5 KB each. */
const MOMENTS_MAX = 64;
const SECOND_NS = 1e9;

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

/**
 * The last seconds of one pool. Time is each sample's own CLOCK_MONOTONIC, so that a step of the wall clock does not
 * matter; late samples make a span longer, never wrong.
 */
export class PoolWindow {
  readonly #options: WindowOptions;
  readonly #activity: Activity;
  readonly #delta = new Uint32Array(WAIT_BUCKETS);
  #moments: Moment[] = [];
  #newest: Moment | null = null;

  constructor(options: WindowOptions) {
    this.#options = options;
    this.#activity = new Activity(options.intervalNs);
  }

  look(active: number, atNs: number): void {
    this.#activity.look(active, atNs);
  }

  /** `stolenNs`: run-queue time by the thieves' names, cumulative. */
  add(sample: PoolSample, stolenNs: ReadonlyMap<string, number>): void {
    const moment = momentOf(sample, stolenNs);
    if (this.#newest !== null && wentBack(this.#newest, moment)) this.#moments = [];
    this.#newest = moment;
    const last = this.#moments.at(-1);
    if (last === undefined || moment.atNs - last.atNs >= this.#spacingNs()) this.#moments.push(moment);
    this.#forget(moment.atNs - Math.max(this.#options.windowNs, this.#options.intervalNs));
  }

  /** Half a second less than a step, so that a timer's jitter does not drop every other sample. */
  #spacingNs(): number {
    const longestNs = Math.max(this.#options.windowNs, this.#options.intervalNs);
    return Math.max(SECOND_NS, longestNs / (MOMENTS_MAX - 2)) - SECOND_NS / 2;
  }

  /** Keeps one moment at or before the edge: the window starts there. */
  #forget(edgeNs: number): void {
    while (this.#moments.length > 1 && this.#moments[1]!.atNs <= edgeNs) this.#moments.shift();
    while (this.#moments.length > MOMENTS_MAX) this.#moments.splice(1, 1);
  }

  /** The moment nearest to `agoNs` before the newest one; null where there is none but the newest. */
  #since(agoNs: number): Moment | null {
    const edgeNs = this.#newest!.atNs - agoNs;
    let best: Moment | null = null;
    for (const moment of this.#moments) {
      if (moment === this.#newest) break;
      if (best === null || Math.abs(moment.atNs - edgeNs) <= Math.abs(best.atNs - edgeNs)) best = moment;
    }
    return best;
  }

  gauges(): Gauges {
    const newest = this.#newest;
    const from = newest && this.#since(this.#options.intervalNs);
    const recent = newest && from ? spanBetween(from, newest) : null;
    return {
      activeWorkers: newest && this.#activity.mean(newest.atNs),
      parallelism: recent && recent.timeNs.oncpu / recent.durationNs,
      demand: recent && demandNs(recent) / recent.durationNs,
      waitP99Ns: this.waitQuantile(0.99),
      recent,
    };
  }

  /** Over the drift window, full resolution; nanoseconds; null where no wait ended in it. */
  waitQuantile(q: number): number | null {
    const from = this.#newest && this.#since(this.#options.windowNs);
    return from ? quantile(waitsBetween(from, this.#newest!, this.#delta), q) : null;
  }
}

/** Time of workers that ran or wanted to. */
export function demandNs(span: Span): number {
  return STATES.reduce((sum, state) => (state === 'blocked' ? sum : sum + span.timeNs[state]), 0);
}
