import { readFileSync } from 'node:fs';
import { type CgroupTree, cgroupFile } from './cgroup.ts';
import type { CgroupLine } from './procfs.ts';

/** A process as far as CPUs go: its cgroup and its affinity list ("0-3,8"). */
export type CpuUser = { cgroups: readonly CgroupLine[]; cpusAllowed: string };

/** What one cgroup allows by quota, in CPUs (fractions too); Infinity: no limit. */
export function quotaOf(directory: string, version2: boolean): number {
  return version2 ? quotaV2(cgroupFile(directory, 'cpu.max')) : quotaV1(directory);
}

/** Quota and period in microseconds: Documentation/admin-guide/cgroup-v2.rst, cpu.max. */
function quotaV2(text: string | null): number {
  const [quota, period] = (text ?? 'max').split(' ').map(Number);
  return Number.isFinite(quota) && period ? quota! / period : Number.POSITIVE_INFINITY;
}

/** Documentation/scheduler/sched-bwc.rst; -1 is no limit. */
function quotaV1(directory: string): number {
  const quota = Number(cgroupFile(directory, 'cpu.cfs_quota_us') ?? -1);
  const period = Number(cgroupFile(directory, 'cpu.cfs_period_us') ?? 0);
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
}

/** "0-3,8" as a set; a malformed part is left out. */
export function parseCpuList(text: string): Set<number> {
  const cpus = new Set<number>();
  for (const [, from, to] of text.matchAll(/(\d+)(?:-(\d+))?/g)) {
    for (let cpu = Number(from); cpu <= Number(to ?? from); cpu++) cpus.add(cpu);
  }
  return cpus;
}

/** CPUs that processes may use: how many, and of what the bound comes. */
export class CpuLimits {
  readonly #tree: CgroupTree;
  readonly #onlineFile: string;

  constructor(tree: CgroupTree, onlineFile = '/sys/devices/system/cpu/online') {
    this.#tree = tree;
    this.#onlineFile = onlineFile;
  }

  /** CPUs that sched_getaffinity(2) would tell the process. */
  affinity(user: CpuUser): number {
    return this.cpus(user, this.#online()).size;
  }

  /** null where the host's /sys is not to be seen: affinity has to do then. */
  #online(): Set<number> | null {
    try {
      return parseCpuList(readFileSync(this.#onlineFile, 'utf8'));
    } catch {
      return null;
    }
  }

  /** Quota of the process's own cgroup, ancestors not looked at: what Go's runtime does. */
  leafQuota(cgroups: readonly CgroupLine[]): number {
    const leaf = this.#tree.chain(cgroups, 'cpu')[0];
    return leaf ? quotaOf(leaf.directory, leaf.version2) : Number.POSITIVE_INFINITY;
  }

  /**
   * CPUs that a group of processes may use at once: the least of what their quotas let through, up the whole path
   * of each, and of the CPUs that cpuset, affinity and hotplug leave to any of them.
   */
  limit(users: readonly CpuUser[]): number | null {
    if (users.length === 0) return null;
    const online = this.#online();
    const usable = new Set(users.flatMap((user) => [...this.cpus(user, online)]));
    const cpus = usable.size || online?.size || Number.POSITIVE_INFINITY;
    const limit = Math.min(this.#throughput(users), cpus);
    return Number.isFinite(limit) ? limit : null;
  }

  /** CPUs left to one process by affinity, cpuset and hotplug. */
  cpus(user: CpuUser, online: ReadonlySet<number> | null): Set<number> {
    const cpuset = parseCpuList(this.#cpuset(user.cgroups));
    const allowed = [...parseCpuList(user.cpusAllowed)].filter((cpu) => online?.has(cpu) ?? true);
    return new Set(cpuset.size > 0 ? allowed.filter((cpu) => cpuset.has(cpu)) : allowed);
  }

  /** The nearest cgroup that says which CPUs are in force; empty where none does. */
  #cpuset(cgroups: readonly CgroupLine[]): string {
    for (const { directory, version2 } of this.#tree.chain(cgroups, 'cpuset')) {
      const text = version2
        ? cgroupFile(directory, 'cpuset.cpus.effective')
        : cgroupFile(directory, 'cpuset.effective_cpus') || cgroupFile(directory, 'cpuset.cpus');
      if (text) return text;
    }
    return '';
  }

  /** Members of one cgroup share its quota; cgroups side by side add up, under what their parent allows. */
  #throughput(users: readonly CpuUser[]): number {
    const chains = users.map((user) => this.#tree.chain(user.cgroups, 'cpu').reverse());
    if (chains.some((chain) => chain.length === 0)) return Number.POSITIVE_INFINITY;
    return flow(chains, 0);
  }
}

type Chain = ReturnType<CgroupTree['chain']>;

function flow(chains: readonly Chain[], depth: number): number {
  const here = chains[0]![depth]!;
  const own = quotaOf(here.directory, here.version2);
  const below = chains.filter((chain) => chain.length > depth + 1);
  if (below.length < chains.length) return own;
  const children = Map.groupBy(below, (chain) => chain[depth + 1]!.path);
  let sum = 0;
  for (const group of children.values()) sum += flow(group, depth + 1);
  return Math.min(own, sum);
}
