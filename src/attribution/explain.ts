import type { Component } from '../decode/sample.ts';
import type { TailBudget } from '../windows/tail.ts';
import type { PoolReading } from '../windows/windows.ts';
import { type Rivals, rivalsOf, type Thief } from './rivals.ts';

/** Why a tail is long; the names are a contract. */
export const CAUSES = [
  'cpu-throttled',
  'noisy-neighbour',
  'oversized-pool',
  'undersized-pool',
  'lock-contention',
  'disk-io',
  'memory-pressure',
  'downstream',
  'network',
  'on-cpu',
  'load',
  'unexplained',
] as const;
export type Cause = (typeof CAUSES)[number];

/** One cause with the time that it explains. */
export type Finding = {
  cause: Cause;
  /** Components that it stands for, those without time left out. */
  parts: readonly Component[];
  /** Of the mean of the slowest 1 %. */
  ns: number;
  /** The same as a share of that mean. */
  share: number;
  /** Only of a noisy neighbour that has a name. */
  thief: Thief | null;
};

export type Explanation = {
  /** Null: no request in the window, or nothing that splits them. */
  tail: TailBudget | null;
  /** The greatest first. Together with a negative `unexplained` they are the whole tail. */
  findings: readonly Finding[];
  rivals: Rivals | null;
};

type Judge = (reading: PoolReading, rivals: Rivals | null) => Cause;

/** Each component belongs to one line, so that the causes' shares sum to 1. */
export const LINES: readonly { parts: readonly Component[]; judge: Judge }[] = [
  { parts: ['throttled'], judge: () => 'cpu-throttled' },
  { parts: ['runqueue', 'wakeup'], judge: whoRan },
  { parts: ['queue'], judge: whyQueued },
  { parts: ['oncpu'], judge: () => 'on-cpu' },
  { parts: ['blocked_lock'], judge: () => 'lock-contention' },
  { parts: ['blocked_io'], judge: () => 'disk-io' },
  { parts: ['blocked_network'], judge: whoSends },
  { parts: ['blocked_epoll'], judge: () => 'downstream' },
  { parts: ['blocked_fault'], judge: () => 'memory-pressure' },
  { parts: ['blocked_sleep', 'blocked_other', 'unexplained'], judge: () => 'unexplained' },
];

/** Where the slowest 1 % of a pool's requests were, and why. */
export function explain(reading: PoolReading): Explanation {
  const tail = reading.request?.tail ?? null;
  const rivals = rivalsOf(reading.stolen.window);
  return { tail, findings: tail === null ? [] : rank(tail, reading, rivals), rivals };
}

function rank({ meanNs, partNs }: TailBudget, reading: PoolReading, rivals: Rivals | null): Finding[] {
  const lines = LINES.map(({ parts, judge }) => ({ parts, cause: judge(reading, rivals) }));
  const byCause = Map.groupBy(lines, ({ cause }) => cause);
  const findings = [...byCause].map(([cause, same]): Finding => {
    const parts = same.flatMap((line) => line.parts).filter((part) => partNs[part] !== 0);
    const ns = parts.reduce((sum, part) => sum + partNs[part], 0);
    return { cause, parts, ns, share: ns / meanNs, thief: cause === 'noisy-neighbour' ? rivals!.thief : null };
  });
  return findings.filter(({ ns }) => ns > 0).sort((a, b) => b.ns - a.ns);
}

/** Workers waited for a CPU: the remedies differ by whether strangers or their own kind had it. */
function whoRan(reading: PoolReading, rivals: Rivals | null): Cause {
  if (rivals === null || rivals.unknownNs > rivals.waitedNs / 2) return 'unexplained';
  if (rivals.othersNs >= rivals.selfNs) return 'noisy-neighbour';
  if (!isCrowded(reading)) return 'unexplained';
  return isOversized(reading) ? 'oversized-pool' : 'load';
}

/** More workers wanted a CPU at once than it has. Else they met on one while others were free: the kernel's placement. */
function isCrowded({ pool, gauges }: PoolReading): boolean {
  return gauges.activeWorkers === null || pool.cpuLimit === null || gauges.activeWorkers > pool.cpuLimit;
}

/** More workers than CPUs. Where the size is not known its threads count. */
export function isOversized({ pool, sample }: PoolReading): boolean {
  const workers = pool.size ?? sample?.workers ?? 0;
  return pool.cpuLimit !== null && workers > Math.ceil(pool.cpuLimit);
}

/** Slow requests that come in pieces wait for their clients: counted from their last byte they are not slow. */
function whoSends({ request }: PoolReading): Cause {
  const { p99Ns = null, p99LastNs = null } = request ?? {};
  return p99Ns !== null && p99LastNs !== null && p99LastNs < p99Ns / 2 ? 'network' : 'downstream';
}

/** Below this share of the CPUs in use there is room for more workers. */
const ROOM = 0.8;

/** Requests waited for a worker that was busy with another one: more workers help while CPUs are free for them. */
function whyQueued({ pool, gauges }: PoolReading): Cause {
  const full = pool.cpuLimit !== null && gauges.parallelism !== null && gauges.parallelism >= ROOM * pool.cpuLimit;
  return full ? 'load' : 'undersized-pool';
}

/** The part that most of the tail's time went to; null without a tail. */
export function dominant({ tail }: Explanation): { component: Component; share: number } | null {
  if (tail === null) return null;
  const [component, ns] = (Object.entries(tail.partNs) as [Component, number][]).reduce((a, b) =>
    b[1] > a[1] ? b : a,
  );
  return { component, share: tail.meanNs === 0 ? 0 : ns / tail.meanNs };
}
