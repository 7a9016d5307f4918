import { existsSync } from 'node:fs';
import { type CgroupFiles, numberAfter } from './cgroup_files.ts';
import { type Level, tightest } from './tightest.ts';

/** How the tightest CPU quota over a pool was felt: cpu.stat of its cgroup, counters since the cgroup was made. */
export type QuotaUse = {
  /** Which cgroup: with another one, counters begin anew. */
  directory: string;
  periods: number | null;
  throttledPeriods: number | null;
  /** Wall time, summed over CPUs. */
  throttledSeconds: number | null;
};

/** Whether its controller is there. */
export function holdsCpu({ directory, version2 }: Level): boolean {
  return existsSync(`${directory}/${version2 ? 'cpu.max' : 'cpu.cfs_quota_us'}`);
}

/** Null: no quota. Kernel: Documentation/scheduler/sched-bwc.rst, admin-guide/cgroup-v2.rst. */
export function quotaUse(chain: readonly Level[], files: CgroupFiles): QuotaUse | null {
  const found = tightest(chain, ({ directory, version2 }) => quotaCpus(directory, version2, files));
  if (found === null) return null;
  const { directory, version2 } = found.level;
  const stat = files.text(`${directory}/cpu.stat`) ?? '';
  const throttled = version2 ? numberAfter(stat, 'throttled_usec') : numberAfter(stat, 'throttled_time');
  return {
    directory,
    periods: numberAfter(stat, 'nr_periods'),
    throttledPeriods: numberAfter(stat, 'nr_throttled'),
    throttledSeconds: throttled === null ? null : throttled / (version2 ? 1e6 : 1e9),
  };
}

function quotaCpus(directory: string, version2: boolean, files: CgroupFiles): number {
  const texts = version2
    ? (files.text(`${directory}/cpu.max`) ?? 'max').split(' ')
    : ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((name) => files.text(`${directory}/${name}`) ?? '');
  const [quota, period] = texts.map((text) => Number.parseInt(text, 10));
  return quota! > 0 && period! > 0 ? quota! / period! : Number.POSITIVE_INFINITY;
}
