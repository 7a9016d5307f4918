import type { SizeConfig, SizeWay } from '../config/config.ts';
import { type Container, containerOf } from './container.ts';
import type { CpuLimits } from './cpulimit.ts';
import { exeOf } from './exe.ts';
import { go, nginx, node, recognise } from './kinds/index.ts';
import { cpuUser, type KindRules, type Sized, unknown } from './kinds/kind.ts';
import type { Exe, Kind } from './pool.ts';
import type { Procfs } from './procfs.ts';
import { ProcessView } from './view.ts';

/** What is read of a pool's processes, for Pool. */
export type Facts = {
  kind: Kind;
  sized: Sized;
  cpuLimit: number | null;
  exe: Exe | null;
  /** When each process started, as it was first seen: CLOCK_MONOTONIC. */
  startsNs: ReadonlyMap<number, number>;
  where: Container;
};

/** A gauge of a pool's scrape. `reason`: why `value` is null, else empty. */
export type Measured = { value: number | null; reason: string };

/** What facts need beyond /proc. */
export type Asked = {
  /** Worker threads of a process. */
  workers(view: ProcessView): number;
  measure(metric: string): Measured;
};

const NOWHERE: Container = { container: '', pod: '', namespace: '' };
export const NO_FACTS: Facts = {
  kind: 'generic',
  sized: unknown('no process'),
  cpuLimit: null,
  exe: null,
  startsNs: new Map(),
  where: NOWHERE,
};

/** Most processes whose cgroup and affinity are looked at: a connection pool can have thousands, all alike. */
const MAX_CPU_USERS = 64;

/**
 * Kind, size and CPU limit of the pool that these processes make up. A configured pool without a process keeps
 * its last kind.
 */
export function readFacts(
  tgids: readonly number[],
  size: SizeConfig,
  last: Facts,
  procfs: Procfs,
  limits: CpuLimits,
  asked: Asked,
): Facts {
  const members = tgids.map((tgid) => new ProcessView(tgid, procfs)).filter((view) => view.status !== null);
  const top = topOf(members);
  if (!top) return { ...NO_FACTS, kind: last.kind, sized: 'fixed' in size ? fixed(size.fixed) : NO_FACTS.sized };
  const rules = recognise(top);
  const cpuLimit = limits.limit(members.slice(0, MAX_CPU_USERS).map(cpuUser));
  const sized = sizeOf(size, rules, members, limits, cpuLimit, asked);
  const startsNs = starts(tgids, last.startsNs, procfs);
  return { kind: rules.kind, sized, cpuLimit, exe: exeOf(top), startsNs, where: containerOf(top.cgroups) };
}

/** Each process is asked once: that is cheap for many, and right over a suspend. */
function starts(tgids: readonly number[], known: ReadonlyMap<number, number>, procfs: Procfs): Map<number, number> {
  const all = tgids.map((tgid) => [tgid, known.get(tgid) ?? procfs.startedNs(tgid)] as const);
  return new Map(all.filter((pair): pair is [number, number] => pair[1] !== null));
}

/** The one whose parent is outside: nginx's master, PostgreSQL's postmaster. */
function topOf(members: readonly ProcessView[]): ProcessView | undefined {
  const ids = new Set(members.map((member) => member.pid));
  return members.find((member) => !ids.has(member.status?.ppid ?? 0)) ?? members[0];
}

type Way = (members: readonly ProcessView[]) => Sized;

function sizeOf(
  size: SizeConfig,
  rules: KindRules,
  members: readonly ProcessView[],
  limits: CpuLimits,
  cpuLimit: number | null,
  asked: Asked,
): Sized {
  if ('fixed' in size) return fixed(size.fixed);
  if ('metric' in size) return metric(size.metric, asked.measure(size.metric));
  const by =
    (kind: KindRules): Way =>
    (all) =>
      kind.size(all, limits);
  const ways: Record<SizeWay, Way> = {
    auto: by(rules),
    go: by(go),
    nginx: by(nginx),
    node: by(node),
    threads: (all) => threads(all.reduce((total, view) => total + asked.workers(view), 0)),
    cgroup: () => cgroup(cpuLimit),
  };
  return ways[size.from](members);
}

function fixed(size: number): Sized {
  return { size, source: 'fixed', reason: 'size.fixed in the configuration' };
}

function metric(name: string, { value, reason }: Measured): Sized {
  if (value === null) return unknown(`size.metric: ${reason}`);
  if (!Number.isInteger(value) || value < 1) return unknown(`size.metric: ${name} is ${value}, no number of workers`);
  return { size: value, source: 'metric', reason: `its metric ${name} says ${value}` };
}

function threads(size: number): Sized {
  return { size, source: 'threads', reason: `${size} worker threads alive` };
}

function cgroup(cpuLimit: number | null): Sized {
  if (cpuLimit === null) return unknown('its CPU limit is not known');
  const size = Math.max(1, Math.ceil(cpuLimit));
  return { size, source: 'cgroup', reason: `its CPU limit of ${Number(cpuLimit.toFixed(2))}, rounded up` };
}
