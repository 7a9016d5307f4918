import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defer } from './cleanup.ts';

const V1_CPU = '/sys/fs/cgroup/cpu';

/** Why CPU quotas cannot be tested on this machine; null: they can. */
export function noQuota(): string | null {
  return existsSync(join(V1_CPU, 'cpu.cfs_quota_us')) ? null : 'no cgroup v1 cpu hierarchy with CFS quotas';
}

export type CpuCgroup = {
  folder: string;
  /** Moves a whole process in. */
  add(pid: number): void;
  /** Kernel: Documentation/scheduler/sched-bwc.rst, throttled_time: wall time, summed over CPUs. */
  throttledNs(): number;
};

/** A cgroup of the v1 cpu controller; removed, its processes moved to the root, with the test. */
export function cpuCgroup(name: string, limit: { quotaUs: number; periodUs: number }): CpuCgroup {
  const folder = join(V1_CPU, `pooldrift-test-${name}-${process.pid}`);
  mkdirSync(folder);
  defer(() => remove(folder));
  writeFileSync(join(folder, 'cpu.cfs_period_us'), String(limit.periodUs));
  writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(limit.quotaUs));
  return {
    folder,
    add: (pid) => writeFileSync(join(folder, 'cgroup.procs'), String(pid)),
    throttledNs: () => Number(/^throttled_time (\d+)$/m.exec(readFileSync(join(folder, 'cpu.stat'), 'utf8'))![1]),
  };
}

function remove(folder: string): void {
  for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').trim().split('\n')) {
    if (pid !== '') moveOut(pid);
  }
  rmdirSync(folder);
}

function moveOut(pid: string): void {
  try {
    writeFileSync(join(V1_CPU, 'cgroup.procs'), pid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
