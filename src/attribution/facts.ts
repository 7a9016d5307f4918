import { COMPONENTS, type Component } from '../decode/sample.ts';
import type { Rate, SignalRates } from '../windows/signals.ts';
import { noParts, type TailBudget } from '../windows/tail.ts';
import { driftRatioOf, type JudgedPool } from './judged.ts';
import { type Rivals, rivalsOf } from './rivals.ts';

/** A pool over some time. */
export type Side = {
  requestsPerSecond: number;
  tail: TailBudget;
  /** Mean parts of all requests. */
  perRequestNs: Record<Component, number>;
  signals: SignalRates | null;
};

/** What has changed against the baseline. */
export type Change = {
  was: Side;
  now: Side;
  /** By which parts of the slowest 1 % have grown; 0 where they have not. */
  gainedNs: Record<Component, number>;
  /** Their sum. */
  totalNs: number;
};

/** All that a cause is judged by. */
export type Facts = {
  reading: JudgedPool;
  /** Who ran while workers waited; null: nobody waited. */
  rivals: Rivals | null;
  /** Null: nothing to compare with, or nothing has grown. */
  change: Change | null;
};

export function factsOf(reading: JudgedPool): Facts {
  return { reading, rivals: rivalsOf(reading.stolen.window), change: changeOf(reading) };
}

/** A baseline of fewer requests has no slowest 1 %. */
const REQUESTS_MIN = 100;
/** Outside of an episode, a P99 below this multiple of the baseline's is as usual. */
const AS_USUAL = 1.2;

function changeOf(reading: JudgedPool): Change | null {
  const [was, now] = [usualSide(reading), nowSide(reading)];
  if (was === null || now === null) return null;
  if (reading.episode === null && (driftRatioOf(reading) ?? 0) < AS_USUAL) return null;
  const gainedNs = noParts();
  // A negative `unexplained` is an overlap of the others: less of it is nothing gained.
  for (const component of COMPONENTS)
    gainedNs[component] = Math.max(
      0,
      Math.max(0, now.tail.partNs[component]) - Math.max(0, was.tail.partNs[component]),
    );
  const totalNs = COMPONENTS.reduce((sum, component) => sum + gainedNs[component], 0);
  return totalNs > 0 ? { was, now, gainedNs, totalNs } : null;
}

/** The slowest 1 % as it usually is; null while no baseline is armed. */
export function usualTail({ drift, usual }: JudgedPool): TailBudget | null {
  return drift?.baseline && usual !== null && usual.requests >= REQUESTS_MIN ? usual.tail : null;
}

function usualSide(reading: JudgedPool): Side | null {
  const tail = usualTail(reading);
  const { requestsPerSecond = 0, perRequestNs = null, signals = null } = reading.usual ?? {};
  if (tail === null || perRequestNs === null) return null;
  return { requestsPerSecond, tail, perRequestNs, signals };
}

function nowSide({ request, signals }: JudgedPool): Side | null {
  const { tail = null, perRequestNs = null, requests = 0, durationNs = 0 } = request ?? {};
  if (tail === null || perRequestNs === null || durationNs === 0) return null;
  return { requestsPerSecond: requests / (durationNs / 1e9), tail, perRequestNs, signals: signals?.recent ?? null };
}

/** A signal of the window; null: not known. */
export function rateNow({ reading }: Facts, rate: Rate): number | null {
  return reading.signals?.recent?.[rate] ?? null;
}

/** The same as it usually is. */
export function rateWas({ change }: Facts, rate: Rate): number | null {
  return change?.was.signals?.[rate] ?? null;
}

/** How a value has changed: the logarithm of its ratio, so that growths of factors add; 0 where it is not known. */
export function growth(now: number | null | undefined, was: number | null | undefined): number {
  return now != null && was != null && now > 0 && was > 0 ? Math.log(now) - Math.log(was) : 0;
}

/** Below this, a fifth, a growth makes nothing longer by itself. */
export const GROWN = Math.log(1.2);

/** How much what a pool has to do has changed, each by `growth`. */
export type Growths = {
  /** Requests a second. */
  rate: number;
  /** CPU time a request. */
  cpu: number;
  /** Workers. */
  size: number;
  /** CPUs that it may use. */
  limit: number;
};

export function growths(facts: Facts): Growths {
  const { change, reading } = facts;
  if (change === null) return { rate: 0, cpu: 0, size: 0, limit: 0 };
  const { was, now } = change;
  return {
    rate: growth(now.requestsPerSecond, was.requestsPerSecond),
    cpu: Math.max(growth(now.perRequestNs.oncpu, was.perRequestNs.oncpu), poolCpu(facts)),
    size: sizeGrowth(facts),
    limit: growth(reading.pool.cpuLimit, rateWas(facts, 'cpuLimitCpus')),
  };
}

/** CPU time a request of all its threads: with those beside the requests, as a collector. Null: not known. */
export function cpuPerRequestNs({ signals, requestsPerSecond }: Side): number | null {
  const cpus = signals?.oncpuWorkers ?? null;
  return cpus === null || requestsPerSecond === 0 ? null : (cpus * 1e9) / requestsPerSecond;
}

/** A pool that has less to do and idles as before takes no more CPU time a request: all of its CPU time must grow. */
function poolCpu({ change }: Facts): number {
  const { was, now } = change!;
  const all = growth(now.signals?.oncpuWorkers, was.signals?.oncpuWorkers);
  return Math.min(all, growth(cpuPerRequestNs(now), cpuPerRequestNs(was)));
}

/** Of the size; of the threads where there is none. */
function sizeGrowth(facts: Facts): number {
  const { size } = facts.reading.pool;
  const was = rateWas(facts, 'size');
  if (size !== null && was !== null) return growth(size, was);
  return growth(rateNow(facts, 'workers'), rateWas(facts, 'workers'));
}
