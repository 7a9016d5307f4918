import type { JudgedPool } from '../attribution/judged.ts';
import type { Reason, State } from '../decode/sample.ts';
import type { Reading } from '../metrics/reading.ts';
import type { Span } from '../windows/moment.ts';
import type { Stolen } from '../windows/recent_thieves.ts';
import { type ApiRequests, type ApiTcp, apiRequests, apiTcp } from './api_requests.ts';

/** GET /api/v1/pools. Times in seconds; what is not known is null. */
export type ApiPools = {
  /** RFC 3339, UTC. */
  at: string;
  version: string;
  host: string;
  kernel: string;
  cpus: number;
  overheadRatio: number | null;
  recordsLost: number;
  workersRefused: number;
  poolsRefused: number;
  pools: ApiPool[];
};

export type ApiPool = {
  pool: string;
  kind: string;
  size: number | null;
  sizeSource: string;
  /** One sentence for a person. */
  sizeReason: string;
  cpuLimit: number | null;
  threads: number;
  active: number | null;
  parallelism: number | null;
  demand: number | null;
  sizeDeviation: number | null;
  runqueueWaitP99Seconds: number | null;
  /** Cumulative; null until a process has been a member. */
  timeSeconds: Record<State, number> | null;
  blockedSeconds: Record<Reason, number> | null;
  stolen: ApiTheft[];
  /** The same over the last interval; null before the second sample. */
  recent: ApiSpan | null;
  /** Null where its requests are not measured. */
  requests: ApiRequests | null;
  tcp: ApiTcp | null;
  tgids: readonly number[];
  ports: readonly number[];
};

/** `seconds`: run-queue time while the thief ran. */
export type ApiTheft = { thief: string; seconds: number };

export type ApiSpan = {
  seconds: number;
  timeSeconds: Record<State, number>;
  blockedSeconds: Record<Reason, number>;
  stolen: ApiTheft[];
};

export function apiPools(reading: Reading): ApiPools {
  const { build, host, overheadRatio, workersRefused, poolsRefused } = reading;
  return {
    at: new Date(reading.atMs).toISOString(),
    version: build.version,
    host: host.name,
    kernel: build.kernel,
    cpus: host.cpus,
    overheadRatio,
    recordsLost: reading.rings.reduce((sum, { lost }) => sum + lost, 0),
    workersRefused,
    poolsRefused,
    pools: reading.pools.map(apiPool),
  };
}

function apiPool(reading: JudgedPool): ApiPool {
  const { pool, sample, stolenNs, stolen, gauges, sizeDeviation } = reading;
  const { name, kind, size, sizeSource, sizeReason, cpuLimit, tgids, ports } = pool;
  return {
    pool: name,
    kind,
    size,
    sizeSource,
    sizeReason,
    cpuLimit,
    threads: sample?.workers ?? 0,
    active: gauges.activeWorkers,
    parallelism: gauges.parallelism,
    demand: gauges.demand,
    sizeDeviation,
    runqueueWaitP99Seconds: gauges.waitP99Ns === null ? null : gauges.waitP99Ns / 1e9,
    timeSeconds: sample && seconds(sample.timeNs),
    blockedSeconds: sample && seconds(sample.blockedNs),
    stolen: thefts(stolenNs),
    recent: gauges.recent && apiSpan(gauges.recent, stolen.interval),
    requests: apiRequests(reading),
    tcp: apiTcp(reading.tcp),
    tgids,
    ports,
  };
}

function apiSpan({ durationNs, timeNs, blockedNs }: Span, { stolenNs }: Stolen): ApiSpan {
  const [timeSeconds, blockedSeconds] = [seconds(timeNs), seconds(blockedNs)];
  return { seconds: durationNs / 1e9, timeSeconds, blockedSeconds, stolen: thefts(stolenNs) };
}

function seconds<K extends string>(ns: Record<K, number>): Record<K, number> {
  return Object.fromEntries(Object.entries<number>(ns).map(([key, value]) => [key, value / 1e9])) as Record<K, number>;
}

/** The worst first. */
function thefts(stolenNs: ReadonlyMap<string, number>): ApiTheft[] {
  return [...stolenNs].map(([thief, ns]) => ({ thief, seconds: ns / 1e9 })).sort((a, b) => b.seconds - a.seconds);
}
