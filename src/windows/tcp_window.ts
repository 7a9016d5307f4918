import { CONNECT_FAILURES, type TcpSample } from '../decode/sample.ts';
import { quantile, total, WAIT_BUCKETS } from './histogram.ts';
import { Moments } from './moments.ts';
import { countsBetween, type Trimmed, trimCounts } from './trimmed.ts';

const COUNTERS = ['segmentsSent', 'retransmits', 'acceptOverflows', 'connects', 'connectFailures'] as const;
type Counter = (typeof COUNTERS)[number];

/** A pool's connections over the drift window. Times in nanoseconds. */
export type Connections = Record<Counter, number> & {
  /** Smoothed round trips; null: nothing sent. */
  rttP50Ns: number | null;
  rttP99Ns: number | null;
  /** Outgoing connections; null: none established. */
  connectP99Ns: number | null;
};

type TcpMoment = { atNs: number; counters: Record<Counter, number>; connects: Trimmed; rtt: Trimmed };

/** The connections of one pool in the last seconds. Pure: times on CLOCK_MONOTONIC come with the samples. */
export class TcpWindow {
  readonly #windowNs: number;
  readonly #moments: Moments<TcpMoment>;

  constructor(windowNs: number) {
    this.#windowNs = windowNs;
    this.#moments = new Moments(windowNs);
  }

  /** A sample that is older than the newest one is left out. */
  add(sample: TcpSample, atNs: number): void {
    const moment = momentOf(sample, atNs);
    const { newest } = this.#moments;
    if (newest !== null && atNs <= newest.atNs) return;
    if (newest !== null && wentBack(newest, moment)) this.#moments.clear();
    this.#moments.add(moment);
  }

  /** The window that ends with `sample`, which is not kept; null before it has begun. */
  read(sample: TcpSample, atNs: number): Connections | null {
    const from = this.#moments.near(atNs - this.#windowNs, atNs);
    const moment = momentOf(sample, atNs);
    const { newest } = this.#moments;
    return from === null || wentBack(newest!, moment) ? null : between(from, moment);
  }
}

function momentOf(sample: TcpSample, atNs: number): TcpMoment {
  const { segmentsSent, retransmits, acceptOverflows, connects, rtt } = sample;
  const connectFailures = CONNECT_FAILURES.reduce((sum, reason) => sum + sample.connectFailures[reason], 0);
  const counters = { segmentsSent, retransmits, acceptOverflows, connects: total(connects), connectFailures };
  return { atNs, counters, connects: trimCounts(connects), rtt: trimCounts(rtt) };
}

function wentBack(from: TcpMoment, to: TcpMoment): boolean {
  return COUNTERS.some((counter) => to.counters[counter] < from.counters[counter]);
}

function between(from: TcpMoment, to: TcpMoment): Connections {
  const grown = COUNTERS.map((counter) => [counter, to.counters[counter] - from.counters[counter]]);
  const rtt = countsBetween(from.rtt, to.rtt, WAIT_BUCKETS);
  return {
    ...(Object.fromEntries(grown) as Record<Counter, number>),
    rttP50Ns: quantile(rtt, 0.5),
    rttP99Ns: quantile(rtt, 0.99),
    connectP99Ns: quantile(countsBetween(from.connects, to.connects, WAIT_BUCKETS), 0.99),
  };
}
