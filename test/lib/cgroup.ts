import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defer } from './cleanup.ts';

const V1_CPU = '/sys/fs/cgroup/cpu';
const V1_MEMORY = '/sys/fs/cgroup/memory';
const V1_BLKIO = '/sys/fs/cgroup/blkio';
const WRITES = 'blkio.throttle.write_iops_device';
/** Kernel: MAX_SHARES in kernel/sched/sched.h; 1024 is everybody's. */
const MOST_SHARES = 262_144;
const REMOVALS = 200;
const BETWEEN_MS = 25;

/** Why CPU quotas cannot be tested on this machine; null: they can. */
export function noQuota(): string | null {
  return existsSync(join(V1_CPU, 'cpu.cfs_quota_us')) ? null : 'no cgroup v1 cpu hierarchy with CFS quotas';
}

/** Why memory limits cannot be tested on this machine; null: they can. */
export function noMemoryLimit(): string | null {
  return existsSync(join(V1_MEMORY, 'memory.limit_in_bytes')) ? null : 'no cgroup v1 memory hierarchy';
}

/** Why the disk that `path` is on cannot be made slow on this machine; null: it can. */
export function noDiskLimit(path: string): string | null {
  if (!existsSync(join(V1_BLKIO, WRITES))) return 'no cgroup v1 blkio hierarchy with throttling';
  return diskOf(path) === null ? `${path} is on no disk` : null;
}

/** The whole disk's major:minor, where a file system's device is one or a part of one. */
function diskOf(path: string): string | null {
  const { dev } = statSync(path);
  const device = `/sys/dev/block/${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & ~0xff)}`;
  const disk = existsSync(`${device}/partition`) ? `${device}/..` : device;
  return existsSync(disk) ? readFileSync(`${disk}/dev`, 'utf8').trim() : null;
}

export type Cgroup = {
  folder: string;
  /** Moves a whole process in. */
  add(pid: number): void;
};

export type CpuCgroup = Cgroup & {
  /** Kernel: Documentation/scheduler/sched-bwc.rst, throttled_time: wall time, summed over CPUs. */
  throttledNs(): number;
};

/** A cgroup of the v1 cpu controller; removed, its processes moved to the root, with the test. */
export function cpuCgroup(name: string, limit: { quotaUs: number; periodUs: number }): CpuCgroup {
  const { folder, add, set } = cgroup(V1_CPU, name);
  set('cpu.cfs_period_us', limit.periodUs);
  set('cpu.cfs_quota_us', limit.quotaUs);
  return {
    folder,
    add,
    throttledNs: () => Number(/^throttled_time (\d+)$/m.exec(readFileSync(join(folder, 'cpu.stat'), 'utf8'))![1]),
  };
}

/** A cgroup of the v1 memory controller inside this process's own; its processes go back there with the test. */
export function memoryCgroup(name: string): Cgroup & { limit(bytes: number): void } {
  const own = /^\d+:memory:(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))![1]!;
  const { folder, add, set } = cgroup(join(V1_MEMORY, own), name);
  return { folder, add, limit: (bytes) => set('memory.limit_in_bytes', bytes) };
}

/** Goes before everybody else on the CPUs of a shared machine; `limit` as cpuCgroup(). */
export function favoured(name: string, limit = { quotaUs: -1, periodUs: 100_000 }): CpuCgroup {
  const group = cpuCgroup(name, limit);
  writeFileSync(join(group.folder, 'cpu.shares'), String(MOST_SHARES));
  return group;
}

/** Of a cgroup that was made with or without one; a quota below 0 is none. */
export function setQuota({ folder }: Cgroup, { quotaUs, periodUs }: { quotaUs: number; periodUs: number }): void {
  writeFileSync(join(folder, 'cpu.cfs_period_us'), String(periodUs));
  writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(quotaUs));
}

/**
 * The same for this process and all that it starts from now on, until the test ends: for times that are judged beside
 * a clock. Without a cpu hierarchy nothing is done.
 */
export function favourAll(): void {
  if (noQuota() !== null) return;
  const path = /^\d+:(?:.*,)?cpu(?:,.*)?:(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '';
  const own = existsSync(join(V1_CPU, path)) ? join(V1_CPU, path) : V1_CPU; // a container sees less than the path says
  favoured('all').add(process.pid);
  defer(() => writeFileSync(join(own, 'cgroup.procs'), String(process.pid)));
}

/** Writes to the disk that `path` is on wait until there have been no more than so many a second. */
export function diskCgroup(name: string, path: string, writesPerSecond: number): Cgroup {
  const group = cgroup(V1_BLKIO, name);
  group.set(WRITES, `${diskOf(path)} ${writesPerSecond}`);
  return group;
}

function cgroup(root: string, name: string): Cgroup & { set(file: string, value: string | number): void } {
  const folder = join(root, `pooldrift-test-${name}-${process.pid}`);
  mkdirSync(folder);
  defer(() => remove(root, folder));
  return {
    folder,
    add: (pid) => writeFileSync(join(folder, 'cgroup.procs'), String(pid)),
    set: (file, value) => writeFileSync(join(folder, file), String(value)),
  };
}

/** What has just ended, or forks at this moment, is in it for some moments yet. */
async function remove(root: string, folder: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').trim().split('\n')) {
      if (pid !== '') moveOut(root, pid);
    }
    try {
      return rmdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || tries === REMOVALS) throw error;
    }
    await sleep(BETWEEN_MS);
  }
}

function moveOut(root: string, pid: string): void {
  try {
    writeFileSync(join(root, 'cgroup.procs'), pid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
