import type { ApiPool } from './api.ts';
import { count, duration, percent, period, times } from './units.ts';
import { COMPONENT_WORDS } from './words.ts';

/** One column of the table of pools, on the page and in the terminal. */
export type Column = {
  title: string;
  align: 'left' | 'right';
  /** A name, which may be cut down to this many characters. */
  least?: number;
  /** The same while there are columns that can be left out easily (EASILY). */
  fair?: number;
  /** Left out first where the width does not do; 0: never. */
  optional: number;
  /** Says nothing where no requests are measured. */
  ofRequests?: true;
  value(pool: ApiPool): string | null;
  /** How bad its value is; nothing where it is not. */
  tone?(pool: ApiPool): 'warn' | 'bad' | null;
};

/** Columns with a greater `optional` go before a text is cut below its fair width. */
export const EASILY = 4;

export const COLUMNS: readonly Column[] = [
  {
    title: 'POOL',
    align: 'left',
    least: 10,
    fair: 13,
    optional: 0,
    value: (p) => [p.pool, p.kind, ports(p)].filter(Boolean).join(' '),
  },
  { title: 'SIZE', align: 'right', optional: 9, value: (p) => (p.size === null ? null : count(p.size)) },
  { title: 'CPUS', align: 'right', optional: 13, value: (p) => p.cpuLimit?.toFixed(1) ?? null },
  { title: 'ACTIVE', align: 'right', optional: 12, value: (p) => rounded(p.active) },
  { title: 'PARALLEL', align: 'right', optional: 10, value: (p) => p.parallelism?.toFixed(1) ?? null },
  { title: 'DEMAND', align: 'right', optional: 7, value: (p) => p.demand?.toFixed(1) ?? null, tone: starved },
  {
    title: 'RUNQ P99',
    align: 'right',
    optional: 6,
    value: (p) => duration(p.runqueueWaitP99Seconds),
    tone: ({ runqueueWaitP99Seconds: s }) => above(s, 1e-3, 1e-2),
  },
  {
    title: 'THROTTLED',
    align: 'right',
    optional: 8,
    value: (p) => percent(throttledShare(p)),
    tone: (p) => above(throttledShare(p), 0.01, 0.1),
  },
  { title: 'BLOCKED', align: 'right', optional: 14, value: blocked },
  { title: 'REQ/S', align: 'right', optional: 4, ofRequests: true, value: perSecond },
  { title: 'P99', align: 'right', optional: 1, ofRequests: true, value: p99, tone: distrust },
  { title: 'BASE', align: 'right', optional: 5, ofRequests: true, value: base },
  { title: 'DRIFT', align: 'right', optional: 3, ofRequests: true, value: drift, tone: drifted },
  {
    title: 'SLOWEST 1 %',
    align: 'left',
    least: 16,
    fair: 30,
    optional: 2,
    ofRequests: true,
    value: why,
    tone: drifted,
  },
  { title: 'RAN INSTEAD', align: 'left', least: 20, optional: 11, value: topThief },
];

/** Without the columns about requests where those of no pool are measured. */
export function columnsFor(pools: readonly ApiPool[]): Column[] {
  const measured = pools.some(({ requests }) => requests !== null);
  return COLUMNS.filter(({ ofRequests }) => measured || !ofRequests);
}

function above(value: number | null, warn: number, bad: number): 'warn' | 'bad' | null {
  return value === null || value < warn ? null : value < bad ? 'warn' : 'bad';
}

function starved({ sizeDeviation }: ApiPool): 'warn' | null {
  return sizeDeviation !== null && sizeDeviation < 0 ? 'warn' : null;
}

/** Text of a cell; a dash where the value is not known. */
export function cell(column: Column, pool: ApiPool): string {
  return column.value(pool) || '-';
}

/** Share of the time in which workers ran or wanted to that they were throttled; null where none did. */
export function throttledShare({ recent }: ApiPool): number | null {
  const wanted = recent === null ? 0 : wantedSeconds(recent.timeSeconds);
  return recent === null || wanted === 0 ? null : recent.timeSeconds.throttled / wanted;
}

/** Share of the same time spent waiting for a CPU, throttled or not: what the worst pool has most of. */
export function waitingShare({ recent }: ApiPool): number {
  const wanted = recent === null ? 0 : wantedSeconds(recent.timeSeconds);
  return recent === null || wanted === 0 ? 0 : 1 - recent.timeSeconds.oncpu / wanted;
}

/**
 * The worst first: those that drift, by how far; then by workers that waited for a CPU on average; then by name, so that
 * rows keep their places.
 */
export function worstFirst(pools: readonly ApiPool[]): ApiPool[] {
  const waiting = (pool: ApiPool) => Math.round(waitingShare(pool) * (pool.demand ?? 0) * 10);
  return [...pools].sort((a, b) => drifting(b) - drifting(a) || waiting(b) - waiting(a) || (a.pool < b.pool ? -1 : 1));
}

/** How many drift. */
export function driftingPools(pools: readonly ApiPool[]): number {
  return pools.filter(({ requests }) => requests?.drifting).length;
}

/** How far a pool drifts, to a tenth of the ratio; 0: it does not. */
function drifting({ requests }: ApiPool): number {
  return requests?.drifting ? Math.max(0.1, Math.round((requests.driftRatio ?? 0) * 10) / 10) : 0;
}

function wantedSeconds(time: { oncpu: number; wakeup: number; runqueue: number; throttled: number }): number {
  return time.oncpu + time.wakeup + time.runqueue + time.throttled;
}

function ports({ ports: [first, ...more] }: ApiPool): string {
  return first === undefined ? '' : `:${first}${more.length > 0 ? `+${more.length}` : ''}`;
}

function perSecond({ requests }: ApiPool): string | null {
  const value = requests?.requestsPerSecond ?? null;
  return value === null ? null : value < 9.95 ? value.toFixed(value === 0 ? 0 : 1) : count(Math.round(value));
}

/** With a question mark where it is not to be trusted. */
function p99({ requests }: ApiPool): string | null {
  const text = duration(requests?.p99Seconds ?? null);
  return text === null || requests!.trusted ? text : `${text}?`;
}

function distrust({ requests }: ApiPool): 'warn' | null {
  return requests === null || requests.trusted ? null : 'warn';
}

/** The baseline's P99; before there is one, when there will be: `in 4 min`. */
function base({ requests }: ApiPool): string | null {
  if (requests === null || requests.armedInSeconds === null) return null;
  return duration(requests.baselineP99Seconds) ?? `in ${period(requests.armedInSeconds)}`;
}

function drift({ requests }: ApiPool): string | null {
  return times(requests?.driftRatio ?? null);
}

function drifted({ requests }: ApiPool): 'bad' | null {
  return requests?.drifting ? 'bad' : null;
}

/** Why it drifts, and who stole the time: `noisy-neighbour (stress-ng)`; else what the tail's time went to. */
function why(pool: ApiPool): string | null {
  const { cause, thief } = pool.requests ?? {};
  if (!cause || pool.threads === 0) return dominant(pool);
  return thief ? `${cause} (${thief})` : cause;
}

/** What most of the tail's time went to, and behind whom: `run queue 52 % (stress-ng)`. */
function dominant({ requests, threads }: ApiPool): string | null {
  if (threads === 0) return 'no process';
  const part = requests?.dominant ?? null;
  if (part === null) return null;
  const who = part.ranInstead === null ? '' : ` (${part.ranInstead})`;
  return `${COMPONENT_WORDS[part.component]} ${percent(part.share)}${who}`;
}

function rounded(value: number | null): string | null {
  return value === null ? null : value.toFixed(value < 10 && !Number.isInteger(value) ? 1 : 0);
}

/** The greatest reason with its share of the blocked time. */
function blocked({ recent }: ApiPool): string | null {
  if (recent === null || recent.timeSeconds.blocked === 0) return null;
  const [reason, seconds] = Object.entries(recent.blockedSeconds).sort((a, b) => b[1] - a[1])[0]!;
  return `${reason} ${percent(seconds / recent.timeSeconds.blocked)}`;
}

/** Who ran most while workers were in the run queue, with its share of all who did; silent below 10 ms a second. */
function topThief({ recent, threads }: ApiPool): string | null {
  if (threads === 0) return 'no process';
  const [first] = recent?.stolen ?? [];
  const all = recent?.timeSeconds.runqueue ?? 0;
  if (first === undefined || first.seconds <= 0 || all < 0.01 * recent!.seconds) return null;
  const stolen = recent!.stolen.reduce((sum, { seconds }) => sum + seconds, 0);
  return `${first.thief} ${percent(first.seconds / stolen)}`;
}
