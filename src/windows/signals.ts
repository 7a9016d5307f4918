import type { AcceptQueue, PoolSample, TcpSample } from '../decode/sample.ts';
import type { Pool } from '../pools/pool.ts';
import type { Surroundings } from '../pools/surroundings.ts';
import type { GcTotals } from '../scrape/gc.ts';
import { quantile, total, WAIT_BUCKETS } from './histogram.ts';
import { countsBetween, type Trimmed, trimCounts } from './trimmed.ts';

/**
 * What is known of a pool and its host beside the requests: growth a second of a counter, by the counter's name. A
 * time's growth is a mean number of workers or CPUs, or the share of the time.
 */
const COUNTED = {
  oncpuWorkers: 'oncpuSeconds',
  wakeupWorkers: 'wakeupSeconds',
  runqueueWorkers: 'runqueueSeconds',
  throttledWorkers: 'throttledSeconds',
  blockedWorkers: 'blockedSeconds',
  blockedLockWorkers: 'blockedLockSeconds',
  blockedEpollWorkers: 'blockedEpollSeconds',
  blockedNetworkWorkers: 'blockedNetworkSeconds',
  blockedIoWorkers: 'blockedIoSeconds',
  blockedSleepWorkers: 'blockedSleepSeconds',
  blockedFaultWorkers: 'blockedFaultSeconds',
  blockedOtherWorkers: 'blockedOtherSeconds',
  /** Of the run queue, by who ran meanwhile: other processes and kernel threads, its own workers. */
  stolenByOthersWorkers: 'stolenByOthersSeconds',
  stolenBySelfWorkers: 'stolenBySelfSeconds',
  voluntaryPerSecond: 'voluntary',
  involuntaryPerSecond: 'involuntary',
  /** Between CPUs, whatever the boundary. */
  migrationsPerSecond: 'migrations',
  segmentsSentPerSecond: 'segmentsSent',
  retransmitsPerSecond: 'retransmits',
  /** Outgoing, established. */
  connectsPerSecond: 'connects',
  connectFailuresPerSecond: 'connectFailures',
  acceptOverflowsPerSecond: 'acceptOverflows',
  /** Of the tightest quota: its periods, those it throttled in, and the wall time it did so, summed over CPUs. */
  quotaPeriodsPerSecond: 'quotaPeriods',
  quotaThrottledPeriodsPerSecond: 'quotaThrottledPeriods',
  quotaThrottledCpus: 'quotaThrottledSeconds',
  /** Of the memory cgroup with the tightest limit: charges that met the limit and had to reclaim. */
  memoryLimitHitsPerSecond: 'memoryLimitHits',
  memoryRefaultsPerSecond: 'memoryRefaults',
  memoryMajorFaultsPerSecond: 'memoryMajorFaults',
  /** Share of the time in which some, and in which all, of its tasks were stalled for memory. */
  memoryStalledSomeRatio: 'memoryStalledSomeSeconds',
  memoryStalledFullRatio: 'memoryStalledFullSeconds',
  /** The host's CPUs: all, busy (interrupts included), in interrupts, taken by the hypervisor, idle for a disk. */
  hostCpus: 'hostTotalSeconds',
  hostBusyCpus: 'hostBusySeconds',
  hostInterruptCpus: 'hostInterruptSeconds',
  hostStealCpus: 'hostStealSeconds',
  hostIoWaitCpus: 'hostIoWaitSeconds',
} as const;

/** The collector's counters come with each scrape, and grow between two scrapes. */
const COLLECTED = {
  /** Share of the time that the world stood still. */
  gcPauseRatio: 'gcPauseSeconds',
  gcAssistCpus: 'gcAssistSeconds',
  /** All of the collector, assists included. */
  gcCpus: 'gcCpuSeconds',
  gcCyclesPerSecond: 'gcCycles',
} as const;

/** How it is at one moment. */
const GAUGES = [
  'size',
  /** CPUs that it may use. */
  'cpuLimitCpus',
  'workers',
  'activeWorkers',
  /** Of the listener that is fullest. */
  'acceptQueueMost',
  'acceptQueueLimit',
  'memoryLimitBytes',
  'memoryUsageBytes',
  'heapBytes',
] as const;

/** From what happened in the span alone. */
const QUANTILES = ['connectP99Ns', 'rttP50Ns'] as const;

type Counter = (typeof COUNTED)[keyof typeof COUNTED];
type Gauge = (typeof GAUGES)[number];

/** One pool and its host at one moment: cumulative counters, and gauges. What is not known is null. */
export type Signals = {
  /** CLOCK_MONOTONIC. */
  atNs: number;
  /** Whose counters they are: others begin anew. */
  quotaOf: string | null;
  memoryOf: string | null;
  counters: Record<Counter, number | null>;
  gauges: Record<Gauge, number | null>;
  connects: Trimmed | null;
  rtt: Trimmed | null;
  /** Of the last scrape. */
  gc: GcTotals | null;
};

export type Rate = keyof typeof COUNTED | keyof typeof COLLECTED | Gauge | (typeof QUANTILES)[number];

/** Every rate, in one order: for what keeps them in rows. */
export const RATES = [
  ...Object.keys(COUNTED),
  ...Object.keys(COLLECTED),
  ...GAUGES,
  ...QUANTILES,
] as readonly string[] as readonly Rate[];

/** What happened between two moments; gauges are those of the later one. What is not known is null. */
export type SignalRates = { seconds: number } & Record<Rate, number | null>;

/** All that signals are made of. */
export type SignalSources = {
  pool: Pick<Pool, 'size' | 'cpuLimit'>;
  sample: PoolSample;
  tcp: TcpSample | null;
  activeWorkers: number | null;
  surroundings: Surroundings | null;
  gc: GcTotals | null;
};

export function signalsOf(sources: SignalSources): Signals {
  const { sample, tcp, surroundings, gc } = sources;
  const { quota = null, memory = null } = surroundings ?? {};
  return {
    atNs: sample.atNs,
    quotaOf: quota?.directory ?? null,
    memoryOf: memory?.directory ?? null,
    counters: { ...workerCounters(sample), ...tcpCounters(tcp), ...aroundCounters(surroundings) },
    gauges: gaugesOf(sources),
    connects: tcp && trimCounts(tcp.connects),
    rtt: tcp && trimCounts(tcp.rtt),
    gc,
  };
}

const OTHERS: ReadonlySet<string> = new Set(['process', 'kernel', 'other']);

function workerCounters({ timeNs, blockedNs, switches, migrations, stolen }: PoolSample) {
  const stolenBy = (wanted: (kind: string) => boolean) =>
    stolen.reduce((sum, { thief, stolenNs }) => (wanted(thief.kind) ? sum + stolenNs : sum), 0) / 1e9;
  return {
    oncpuSeconds: timeNs.oncpu / 1e9,
    wakeupSeconds: timeNs.wakeup / 1e9,
    runqueueSeconds: timeNs.runqueue / 1e9,
    throttledSeconds: timeNs.throttled / 1e9,
    blockedSeconds: timeNs.blocked / 1e9,
    blockedLockSeconds: blockedNs.lock / 1e9,
    blockedEpollSeconds: blockedNs.epoll / 1e9,
    blockedNetworkSeconds: blockedNs.network / 1e9,
    blockedIoSeconds: blockedNs.io / 1e9,
    blockedSleepSeconds: blockedNs.sleep / 1e9,
    blockedFaultSeconds: blockedNs.fault / 1e9,
    blockedOtherSeconds: blockedNs.other / 1e9,
    stolenByOthersSeconds: stolenBy((kind) => OTHERS.has(kind)),
    stolenBySelfSeconds: stolenBy((kind) => kind === 'self'),
    voluntary: switches.voluntary,
    involuntary: switches.involuntary,
    migrations: migrations.core + migrations.llc + migrations.node,
  };
}

function tcpCounters(tcp: TcpSample | null) {
  const failures = tcp && Object.values(tcp.connectFailures).reduce((sum, count) => sum + count, 0);
  return {
    segmentsSent: tcp?.segmentsSent ?? null,
    retransmits: tcp?.retransmits ?? null,
    connects: tcp && total(tcp.connects),
    connectFailures: failures,
    acceptOverflows: tcp?.acceptOverflows ?? null,
  };
}

function aroundCounters(surroundings: Surroundings | null) {
  const { quota, memory, host } = surroundings ?? { quota: null, memory: null, host: null };
  return {
    quotaPeriods: quota?.periods ?? null,
    quotaThrottledPeriods: quota?.throttledPeriods ?? null,
    quotaThrottledSeconds: quota?.throttledSeconds ?? null,
    memoryLimitHits: memory?.limitHits ?? null,
    memoryRefaults: memory?.refaults ?? null,
    memoryMajorFaults: memory?.majorFaults ?? null,
    memoryStalledSomeSeconds: memory?.stalledSomeSeconds ?? null,
    memoryStalledFullSeconds: memory?.stalledFullSeconds ?? null,
    hostTotalSeconds: host?.totalSeconds ?? null,
    hostBusySeconds: host?.busySeconds ?? null,
    hostInterruptSeconds: host?.interruptSeconds ?? null,
    hostStealSeconds: host?.stealSeconds ?? null,
    hostIoWaitSeconds: host?.ioWaitSeconds ?? null,
  };
}

function gaugesOf({ pool, sample, tcp, activeWorkers, surroundings, gc }: SignalSources): Signals['gauges'] {
  const memory = surroundings?.memory ?? null;
  const [fullest] = (tcp?.acceptQueues ?? []).toSorted((a, b) => fullness(b) - fullness(a));
  return {
    size: pool.size,
    cpuLimitCpus: pool.cpuLimit,
    workers: sample.workers,
    activeWorkers,
    acceptQueueMost: fullest?.most ?? null,
    acceptQueueLimit: fullest?.limit ?? null,
    memoryLimitBytes: memory?.limitBytes ?? null,
    memoryUsageBytes: memory?.usageBytes ?? null,
    heapBytes: gc?.heapBytes ?? null,
  };
}

function fullness({ most, limit }: AcceptQueue): number {
  return most / Math.max(1, limit);
}

/** True where time stood still, or the workers' counters went back: the pool's index serves another pool. */
export function signalsWentBack(from: Signals, to: Signals): boolean {
  return to.atNs <= from.atNs || to.counters.oncpuSeconds! < from.counters.oncpuSeconds!;
}

/** Null where time stood still, or the pool's counters went back: its index serves another pool. */
export function signalsBetween(from: Signals, to: Signals): SignalRates | null {
  const seconds = (to.atNs - from.atNs) / 1e9;
  if (signalsWentBack(from, to)) return null;
  const rates = { seconds, ...to.gauges, ...collectedBetween(from.gc, to.gc) } as SignalRates;
  for (const rate of Object.keys(COUNTED) as (keyof typeof COUNTED)[])
    rates[rate] = growth(from.counters[COUNTED[rate]], to.counters[COUNTED[rate]], seconds);
  if (from.quotaOf !== to.quotaOf) for (const rate of OF_QUOTA) rates[rate] = null;
  if (from.memoryOf !== to.memoryOf) for (const rate of OF_MEMORY) rates[rate] = null;
  rates.connectP99Ns = quantileBetween(from.connects, to.connects, 0.99);
  rates.rttP50Ns = quantileBetween(from.rtt, to.rtt, 0.5);
  return rates;
}

const OF_QUOTA = RATES.filter((rate) => rate.startsWith('quota'));
const OF_MEMORY = RATES.filter((rate) => rate in COUNTED && rate.startsWith('memory'));

function growth(from: number | null, to: number | null, seconds: number): number | null {
  return from === null || to === null || to < from ? null : (to - from) / seconds;
}

/** Over the time between the two scrapes; null where there has been none since. */
function collectedBetween(from: GcTotals | null, to: GcTotals | null): Record<keyof typeof COLLECTED, number | null> {
  const seconds = from && to ? (to.atNs - from.atNs) / 1e9 : 0;
  const rates = Object.entries(COLLECTED).map(([rate, figure]) => [
    rate,
    seconds > 0 ? growth(from![figure], to![figure], seconds) : null,
  ]);
  return Object.fromEntries(rates);
}

function quantileBetween(from: Trimmed | null, to: Trimmed | null, q: number): number | null {
  return from && to && quantile(countsBetween(from, to, WAIT_BUCKETS), q);
}
