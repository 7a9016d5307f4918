import type { PoolReading } from '../windows/windows.ts';
import { type Facts, GROWN, growth, rateNow, rateWas } from './facts.ts';

/** More workers than CPUs. Where the size is not known its threads count. */
export function isOversized({ pool, sample }: Pick<PoolReading, 'pool' | 'sample'>): boolean {
  const workers = pool.size ?? sample?.workers ?? 0;
  return pool.cpuLimit !== null && workers > Math.ceil(pool.cpuLimit);
}

/** More workers wanted a CPU at once than it has. Else they met on one while others were free: the kernel's placement. */
export function isCrowded({ pool, gauges }: PoolReading): boolean {
  return gauges.activeWorkers === null || pool.cpuLimit === null || gauges.activeWorkers > pool.cpuLimit;
}

/** Above this share of the CPUs in use there is no room for more workers. */
const FULL = 0.8;
/** Of a whole host, whose idle CPUs may be others than the pool's. */
const HOST_FULL = 0.95;
/** Where all CPUs are in use, workers that have work wait for one for so much of their time at the least. */
const WAITING = 0.2;

/** The CPUs that the pool may use are taken, by itself or, on the whole host, by all together. */
export function isFull(facts: Facts): boolean {
  return fillsItsCpus(facts) || isHostFull(facts);
}

export function fillsItsCpus(facts: Facts): boolean {
  const { pool, gauges } = facts.reading;
  const used = rateNow(facts, 'oncpuWorkers') ?? gauges.parallelism;
  return pool.cpuLimit !== null && used !== null && used >= FULL * pool.cpuLimit;
}

export function isHostFull(facts: Facts): boolean {
  const [busy, cpus] = [rateNow(facts, 'hostBusyCpus'), rateNow(facts, 'hostCpus')];
  const [ran, waited] = [rateNow(facts, 'oncpuWorkers') ?? 0, rateNow(facts, 'runqueueWorkers') ?? 0];
  if (busy === null || cpus === null || cpus === 0) return false;
  return busy >= HOST_FULL * cpus && waited >= WAITING * (waited + ran) && waited > 0;
}

/** A second: fewer are no pressure. */
const LIMIT_HITS = 1;
const REFAULTS = 1;
/** Share of the time that its tasks stand still for memory. */
const STALLED = 0.01;

/** Its cgroup is at its memory limit, and pages that it had to give up are wanted back: more than usual. */
export function isPressed(facts: Facts): boolean {
  const stalled = (rateNow(facts, 'memoryStalledSomeRatio') ?? 0) - (rateWas(facts, 'memoryStalledSomeRatio') ?? 0);
  if (stalled >= STALLED) return true;
  const hits = risen(facts, 'memoryLimitHitsPerSecond', LIMIT_HITS);
  return (
    hits && (risen(facts, 'memoryRefaultsPerSecond', REFAULTS) || risen(facts, 'memoryMajorFaultsPerSecond', REFAULTS))
  );
}

/** At least twice what is usual, and `least`. */
function risen(facts: Facts, rate: Parameters<typeof rateNow>[1], least: number): boolean {
  const now = rateNow(facts, rate) ?? 0;
  return now >= least && now >= 2 * (rateWas(facts, rate) ?? 0);
}

/** One segment in so many is sent again on a bad way; fewer than so many in the window are chance. */
const LOSS = 0.005;
const LOST_MIN = 3;
/** Times what is usual. */
const LOSS_GROWN = 3;
/** A connect that lost its SYN takes a second. */
const SLOW_CONNECT_NS = 0.5e9;

/** Segments of its connections are lost more than usual (a loss towards clients is always some), or connects are slow. */
export function isLossy(facts: Facts): boolean {
  const [again, sent] = [rateNow(facts, 'retransmitsPerSecond') ?? 0, rateNow(facts, 'segmentsSentPerSecond') ?? 0];
  const wasSent = rateWas(facts, 'segmentsSentPerSecond') ?? 0;
  const was = wasSent > 0 ? (rateWas(facts, 'retransmitsPerSecond') ?? 0) / wasSent : 0;
  const seconds = facts.reading.signals?.recent?.seconds ?? 0;
  const loss = sent > 0 ? again / sent : 0;
  if (facts.change !== null && again * seconds >= LOST_MIN && loss >= LOSS && loss >= LOSS_GROWN * was) return true;
  const [connect, usual] = [rateNow(facts, 'connectP99Ns') ?? 0, rateWas(facts, 'connectP99Ns') ?? 0];
  return connect >= SLOW_CONNECT_NS && connect >= LOSS_GROWN * usual;
}

/** Share of the CPU time gained a request that the collector took; without a baseline, of the CPU time. */
export function collectorShare(facts: Facts): number {
  const [gc, cpu] = [collectorCpus(facts, rateNow), rateNow(facts, 'oncpuWorkers')];
  if (gc === null || cpu === null) return 0;
  const { change } = facts;
  const [wasGc, wasCpu] = [collectorCpus(facts, rateWas), rateWas(facts, 'oncpuWorkers')];
  if (change === null) return cpu > 0 ? gc / cpu : 0;
  if (wasGc === null || wasCpu === null) return 0;
  const [nowRate, wasRate] = [change.now.requestsPerSecond, change.was.requestsPerSecond];
  const gained = cpu / nowRate - wasCpu / wasRate;
  return gained > 0 ? Math.max(0, gc / nowRate - wasGc / wasRate) / gained : 0;
}

/** Where only its pauses are known, one CPU at the least was the collector's. */
function collectorCpus(facts: Facts, of: typeof rateNow): number | null {
  return of(facts, 'gcCpus') ?? of(facts, 'gcPauseRatio');
}

/** Share of the on-CPU time gained in the slowest 1 % for which the hypervisor ran somebody else. */
export function stealShare(facts: Facts): number {
  const { change } = facts;
  const now = stolenOf(facts, rateNow);
  if (change === null) return now;
  const [onNow, onWas] = [change.now.tail.partNs.oncpu, change.was.tail.partNs.oncpu];
  return onNow > onWas ? (now * onNow - stolenOf(facts, rateWas) * onWas) / (onNow - onWas) : 0;
}

/** Of the time in which the host's CPUs were to run something. */
function stolenOf(facts: Facts, of: typeof rateNow): number {
  const [steal, busy] = [of(facts, 'hostStealCpus') ?? 0, of(facts, 'hostBusyCpus') ?? 0];
  return steal > 0 ? steal / (steal + busy) : 0;
}

/** So many of the requests meet a pause of the collector at the least, where it makes the slowest 1 %. */
const MET = 0.005;

/** Share of `ns` that one pause of the collector explains; 0 where too few requests meet one. */
export function pauseShare(facts: Facts, ns: number): number {
  const now = pauseSeconds(facts, rateNow);
  const cycles = rateNow(facts, 'gcCyclesPerSecond') ?? 0;
  if (ns <= 0 || cycles * (now + meanSeconds(facts)) < MET) return 0;
  return (Math.max(0, now - pauseSeconds(facts, rateWas)) * 1e9) / ns;
}

/** Of a request. */
function meanSeconds({ reading: { request } }: Facts): number {
  return Object.values(request?.perRequestNs ?? {}).reduce((sum, ns) => sum + ns, 0) / 1e9;
}

function pauseSeconds(facts: Facts, of: typeof rateNow): number {
  const [ratio, cycles] = [of(facts, 'gcPauseRatio') ?? 0, of(facts, 'gcCyclesPerSecond') ?? 0];
  return cycles > 0 ? ratio / cycles : 0;
}

/** Workers of these do one request at a time, and wait inside it. */
const BLOCKING: ReadonlySet<string> = new Set(['generic', 'jvm', 'postgres']);
/** Requests in progress for each worker, on average, from which on the slowest find none free. */
const ALL_BUSY = 0.6;

/**
 * More requests come than there are workers for: most workers have one (by Little's law), and it is the requests that
 * have grown, or the workers that are fewer. A request that waits for a worker then shows as whatever that one waits for.
 */
export function isShortOfWorkers(facts: Facts): boolean {
  const { change, reading } = facts;
  if (change === null || !BLOCKING.has(reading.pool.kind)) return false;
  const workers = reading.pool.size ?? reading.sample?.workers ?? 0;
  const inProgress = change.now.requestsPerSecond * meanSeconds(facts);
  const [rate, fewer] = [
    growth(change.now.requestsPerSecond, change.was.requestsPerSecond),
    growth(rateWas(facts, 'workers'), rateNow(facts, 'workers')),
  ];
  return inProgress >= ALL_BUSY * workers && Math.max(rate, fewer) >= GROWN;
}
