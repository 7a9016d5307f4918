import { explain } from '../../../src/attribution/explain.ts';
import { type JudgedPool, type PoolEpisode, unjudged } from '../../../src/attribution/judged.ts';
import type { Component } from '../../../src/decode/sample.ts';
import type { Pool } from '../../../src/pools/pool.ts';
import { RATES, type Rate, type SignalRates } from '../../../src/windows/signals.ts';
import { noParts } from '../../../src/windows/tail.ts';
import type { UsualReading } from '../../../src/windows/usual.ts';
import type { Gauges } from '../../../src/windows/window.ts';
import { pool, reading } from '../metrics/fixture.ts';

const MS = 1e6;

export type Parts = Partial<Record<Component, number>>;

export type Situation = {
  /** Of the slowest 1 %, milliseconds. */
  parts?: Parts;
  /** Mean of all requests, milliseconds; default: a tenth of the slowest. */
  each?: Parts;
  requestsPerSecond?: number;
  signals?: Partial<Record<Rate, number>>;
  /** Run-queue time by who ran, seconds. */
  stolen?: Record<string, number>;
  pool?: Partial<Pool>;
  gauges?: Partial<Gauges>;
  /** P99 from the last byte, as a share of P99. */
  last?: number;
  /** What is usual; none: no baseline. */
  was?: Usually;
};

export type Usually = Pick<Situation, 'parts' | 'each' | 'requestsPerSecond' | 'signals'> & { requests?: number };

export const SINCE_MS = Date.UTC(2026, 10, 20, 9, 29, 40);
export const EPISODE: PoolEpisode = {
  sinceMs: SINCE_MS,
  foundMs: SINCE_MS + 10_000,
  cause: null,
  thief: null,
  settledMs: null,
};

const BASE = unjudged(reading([pool()]).pools[0]!);
const REQUESTS_PER_SECOND = 1204;

/** A reading of a pool whose slowest requests were split so; with `was`, of one that drifts. */
export function situation(of: Situation): JudgedPool {
  const { stolen = {}, pool: changed = {}, gauges = {}, last = 1, was } = of;
  const stolenNs = new Map(Object.entries(stolen).map(([label, seconds]) => [label, seconds * 1e9]));
  const { requestsPerSecond = REQUESTS_PER_SECOND } = of;
  const usual = was === undefined ? null : usually(was);
  const signals = of.signals && { newest: BASE.signals?.newest ?? NEWEST, recent: ratesOf(of.signals, 10) };
  return {
    ...BASE,
    pool: pool(changed),
    gauges: { ...BASE.gauges, ...gauges },
    stolen: { ...BASE.stolen, window: { durationNs: 10e9, stolenNs } },
    signals: signals ?? null,
    request: {
      ...BASE.request!,
      requests: requestsPerSecond * (BASE.request!.durationNs / 1e9),
      p99LastNs: BASE.request!.p99Ns! * last,
      ...budgetOf(of),
      movedShare: 0,
    },
    usual,
    drift: usual && {
      baseline: { p99Ns: BASE.request!.p99Ns! / 2, seconds: 3600, requests: usual.requests, young: false },
      armedInSeconds: 0,
      episode: { sinceNs: 0, foundNs: 10e9, scaleSeconds: 5 },
    },
    episode: usual && EPISODE,
  };
}

const NEWEST = {
  ...{ atNs: 12e9, quotaOf: null, memoryOf: null, connects: null, rtt: null, gc: null },
  ...({ counters: {}, gauges: {} } as never as { counters: never; gauges: never }),
};

function budgetOf({ parts = {}, each = tenth(parts) }: Pick<Situation, 'parts' | 'each'>) {
  const partNs = nanoseconds(parts);
  const meanNs = Object.values(partNs).reduce((sum, ns) => sum + ns, 0);
  return { tail: { requests: 12, meanNs, partNs, sharedNs: 0 }, perRequestNs: nanoseconds(each) };
}

function usually({
  requests = 1e6,
  requestsPerSecond = REQUESTS_PER_SECOND,
  signals,
  ...parts
}: Usually): UsualReading {
  const seconds = requests / requestsPerSecond;
  return {
    seconds,
    requests,
    requestsPerSecond,
    ...budgetOf(parts),
    signals: signals ? ratesOf(signals, seconds) : null,
  };
}

function tenth(parts: Parts): Parts {
  return Object.fromEntries(Object.entries(parts).map(([component, ms]) => [component, ms / 10]));
}

function nanoseconds(parts: Parts): Record<Component, number> {
  const partNs = noParts();
  for (const [component, ms] of Object.entries(parts) as [Component, number][]) partNs[component] = ms * MS;
  return partNs;
}

/** What is not named is not known. */
export function ratesOf(known: Partial<Record<Rate, number>>, seconds: number): SignalRates {
  return { seconds, ...Object.fromEntries(RATES.map((rate) => [rate, known[rate] ?? null])) } as SignalRates;
}

export function firstCause(of: Situation): string | undefined {
  return explain(situation(of)).findings[0]?.cause;
}

/** Workers that wait for a CPU, by who runs meanwhile. */
export function waits(others: number, self: number) {
  return { stolenByOthersWorkers: others, stolenBySelfWorkers: self };
}

export const QUIET = waits(0.05, 0.05);
export const USUAL = { parts: { oncpu: 2, runqueue: 0.3 }, signals: QUIET };
export const SELF = { self: 9, 'a /': 1 };
export const OTHERS = { 'stress-ng /batch': 9, self: 1 };
export const CROWD = { size: 8, cpuLimit: 2 };
