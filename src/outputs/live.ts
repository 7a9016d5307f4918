import { CAUSES, type Cause } from '../attribution/causes.ts';
import type { JudgedPool } from '../attribution/judged.ts';
import { COMPONENTS, STATES, type State } from '../decode/sample.ts';
import type { Reading } from '../metrics/reading.ts';
import type { WaitLevels } from '../windows/wait_levels.ts';
import { type ApiPool, type ApiPools, type ApiTheft, apiPools } from './api.ts';
import type { ApiAlert } from './api_alerts.ts';
import type { ApiRequests } from './api_requests.ts';
import { worstFirst } from './columns.ts';
import { type ApiExplain, apiExplain } from './explain.ts';

/** What GET /api/v1/stream sends, by the name of the event. Times in seconds, moments in milliseconds of the epoch. */
export type LiveEvents = {
  live: LiveUpdate;
  history: LiveHistory;
  course: LiveCourse;
  explain: LiveExplain;
};

/** Once a tick; what is absent is as it was. */
export type LiveUpdate = {
  atMs: number;
  /** The first of a connection: all there is. */
  whole?: true;
  /** The history has taken these figures as its newest point. */
  stepped?: true;
  status?: LiveStatus;
  /** Those that changed. */
  pools: LivePool[];
  /** Names, the worst first; a pool that is not in it is gone. */
  order?: string[];
  /** Those that fire first. */
  alerts?: ApiAlert[];
};

export type LiveStatus = Omit<ApiPools, 'at' | 'pools'>;

/** A pool as it is now: what its row shows. */
export type LivePool = Omit<ApiPool, 'timeSeconds' | 'blockedSeconds' | 'stolen' | 'recent' | 'tcp' | 'tgids'> & {
  requests: ApiRequests | null;
  /** Mean of the slowest 1 %, split, in the order of COMPONENTS; null where it is not known. */
  tailSeconds: number[] | null;
  /** Mean workers in each state over the last interval. */
  workers: Record<State, number> | null;
  /** Waits for a CPU over the history's last step; null where it has none before. */
  waits: WaitLevels | null;
};

/** Of all pools, in coarse steps: the worst P99 of each. */
export type LiveHistory = { stepMs: number; atMs: number[]; pools: Record<string, LiveSpark> };
export type LiveSpark = { p99Seconds: Value[]; baselineSeconds: Value[]; drifting: boolean[] };

/** The last hour of the pool that is open. A field that was never known is absent. */
export type LiveCourse = {
  pool: string;
  stepMs: number;
  atMs: number[];
  fields: Partial<Record<Field, Value[]>>;
  waits: (WaitLevels | null)[];
};

/** Of the pool that is open; null: it is not there. `stolen` is over the window. */
export type LiveExplain = { pool: string; explain: (ApiExplain & { stolen: ApiTheft[] }) | null };

export type Value = number | null;

/** What the history keeps of a pool at each step. */
export const FIELDS = [
  'p99Seconds',
  'baselineP99Seconds',
  'requestsPerSecond',
  'size',
  'active',
  'parallelism',
  'demand',
  'cpuLimit',
  'runqueueWaitP99Seconds',
  'episode',
  ...COMPONENTS,
] as const;
export type Field = (typeof FIELDS)[number];

/** The figures of one point, in the order of FIELDS. */
export function pointOf(pool: LivePool): Value[] {
  const { requests, tailSeconds } = pool;
  return [
    requests?.p99Seconds ?? null,
    requests?.baselineP99Seconds ?? null,
    requests?.requestsPerSecond ?? null,
    pool.size,
    pool.active,
    pool.parallelism,
    pool.demand,
    pool.cpuLimit,
    pool.runqueueWaitP99Seconds,
    requests === null ? null : episodeCode(requests),
    ...(tailSeconds ?? COMPONENTS.map(() => null)),
  ];
}

const UNSETTLED = 1;

/** 0: no episode; 1: its cause is not settled; from 2 on the cause. */
function episodeCode({ drifting, cause }: ApiRequests): number {
  return drifting ? UNSETTLED + 1 + (cause === null ? -1 : CAUSES.indexOf(cause)) : 0;
}

/** Null: not settled, or no episode. */
export function causeOfCode(code: number): Cause | null {
  return CAUSES[code - UNSETTLED - 1] ?? null;
}

export function liveStatus(reading: Reading): LiveStatus {
  const { at: _at, pools: _pools, ...status } = apiPools({ ...reading, pools: [] });
  return status;
}

/** The worst first; `waits` by pool. */
export function livePools(reading: Reading, waits: ReadonlyMap<string, WaitLevels> = new Map()): LivePool[] {
  const judged = new Map(reading.pools.map((each) => [each.pool.name, each]));
  return worstFirst(apiPools(reading).pools).map((api) =>
    livePool(api, judged.get(api.pool)!, waits.get(api.pool) ?? null),
  );
}

function livePool(api: ApiPool, { request }: JudgedPool, waits: WaitLevels | null): LivePool {
  const { timeSeconds: _1, blockedSeconds: _2, stolen: _3, tcp: _4, tgids: _5, recent, ...pool } = api;
  const partNs = request?.tail?.partNs ?? null;
  return {
    ...pool,
    tailSeconds: partNs && COMPONENTS.map((component) => partNs[component] / 1e9),
    workers: recent && mean(recent.timeSeconds, recent.seconds),
    waits,
  };
}

function mean(seconds: Record<State, number>, over: number): Record<State, number> {
  return Object.fromEntries(STATES.map((state) => [state, seconds[state] / over])) as Record<State, number>;
}

/** Thieves that are named. */
const STOLEN_MAX = 8;

export function liveExplain(name: string, reading: Reading): LiveExplain {
  const pool = reading.pools.find((each) => each.pool.name === name);
  if (pool === undefined) return { pool: name, explain: null };
  const stolen = [...pool.stolen.window.stolenNs].map(([thief, ns]) => ({ thief, seconds: ns / 1e9 }));
  const worst = stolen.sort((a, b) => b.seconds - a.seconds).slice(0, STOLEN_MAX);
  return { pool: name, explain: { ...apiExplain(pool, reading), stolen: worst } };
}
