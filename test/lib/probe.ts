import type { PoolSample, Reason, State, Theft } from '../../src/decode/sample.ts';
import { type RequestOptions, RequestProbe } from '../../src/probes/request.ts';
import { SchedProbe } from '../../src/probes/sched.ts';
import { TcpProbe } from '../../src/probes/tcp.ts';
import type { SchedOptions, SchedSource } from '../../src/probes/types.ts';
import { defer } from './cleanup.ts';
import { threadsOf } from './procfs.ts';

/** The scheduler probe, attached until the test ends. */
export async function openProbe(options: Partial<SchedOptions> = {}): Promise<SchedSource> {
  const probe = await SchedProbe.open({ pools: 64, workers: 1024, ring: 'bpf', ...options });
  defer(() => probe.close()); // also after a test that has closed it
  return probe;
}

export type OpenProbes = { sched: SchedProbe; tcp: TcpProbe; request: RequestProbe };

type ProbeOptions = Partial<SchedOptions> & Pick<RequestOptions, 'answers' | 'exemplars'>;

/** The scheduler, TCP and request probes, attached until the test ends. */
export async function openProbes(options: ProbeOptions = {}): Promise<OpenProbes> {
  const { answers, exemplars, ...rest } = options;
  const ring = options.ring ?? 'bpf';
  const sched = await SchedProbe.open({ pools: 64, workers: 1024, ring, ...rest, requests: true });
  defer(() => sched.close());
  const tcp = await TcpProbe.open(sched, { count: true, requests: true });
  defer(() => tcp.close());
  const request = await RequestProbe.open(sched, tcp, {
    ring,
    ...(answers && { answers }),
    ...(exemplars && { exemplars }),
  });
  defer(() => request.close());
  return { sched, tcp, request };
}

/** Makes every thread of the processes, later ones too, a worker of a pool; requests on its ports are all measured. */
export function serve(probes: OpenProbes, pool: number, pids: readonly number[], ports: readonly number[]): void {
  probes.sched.policy(pool, { threads: true, children: false });
  watch(probes.sched, pool, pids.flatMap(threadsOf));
  probes.tcp.serve(pool, ports, new Set(ports));
  probes.tcp.listeners();
}

/** Makes threads the workers of a pool, at once. */
export function watch(probe: SchedSource, pool: number, tids: readonly number[]): void {
  for (const tid of tids) probe.assign(tid, pool, true);
  probe.flush();
}

/** A read that is held up counts what happened after the moment that it stands for: so one that was not, of twenty. */
const PROMPT_NS = 200e3;
const READS = 20;

export function sampleOf(probe: SchedSource, pool: number): PoolSample {
  let sample = probe.sample().get(pool);
  for (let i = 1; i < READS && sample && Number(process.hrtime.bigint()) - sample.atNs > PROMPT_NS; i++) {
    sample = probe.sample().get(pool);
  }
  if (!sample) throw new Error(`pool ${pool} has no sample`);
  return sample;
}

/** What a pool did between two samples. */
export type Growth = {
  fromNs: number;
  toNs: number;
  wallNs: number;
  timeNs: Record<State, number>;
  blockedNs: Record<Reason, number>;
  voluntary: number;
  involuntary: number;
  migrations: number;
  /** A tgid, or the kind of a thief that is no process. */
  stolenNs: Map<number | string, number>;
  waits: Float64Array;
};

export function growth(before: PoolSample, after: PoolSample): Growth {
  return {
    fromNs: before.atNs,
    toNs: after.atNs,
    wallNs: after.atNs - before.atNs,
    timeNs: less(after.timeNs, before.timeNs),
    blockedNs: less(after.blockedNs, before.blockedNs),
    voluntary: after.switches.voluntary - before.switches.voluntary,
    involuntary: after.switches.involuntary - before.switches.involuntary,
    migrations: sum(Object.values(less(after.migrations, before.migrations))),
    stolenNs: stolenSince(before.stolen, after.stolen),
    waits: after.waits.map((count, i) => count - before.waits[i]!),
  };
}

function less<K extends string>(after: Record<K, number>, before: Record<K, number>): Record<K, number> {
  const pairs = Object.entries<number>(after).map(([key, value]) => [key, value - before[key as K]]);
  return Object.fromEntries(pairs) as Record<K, number>;
}

function stolenSince(before: readonly Theft[], after: readonly Theft[]): Map<number | string, number> {
  const stolen = new Map<number | string, number>();
  const add = (thefts: readonly Theft[], sign: number) => {
    for (const { thief, stolenNs } of thefts) {
      const key = thief.kind === 'process' ? thief.tgid : thief.kind;
      stolen.set(key, (stolen.get(key) ?? 0) + sign * stolenNs);
    }
  };
  add(after, 1);
  add(before, -1);
  return stolen;
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
