import { existsSync } from 'node:fs';
import { type CgroupFiles, numberAfter } from './cgroup_files.ts';
import { type Level, tightest } from './tightest.ts';

/**
 * Memory of the cgroup that limits a pool most tightly, and how it presses: counters since the cgroup was made, null
 * where this kernel does not tell them. Kernel: Documentation/admin-guide/cgroup-v1/memory.rst, cgroup-v2.rst.
 */
export type MemoryUse = {
  /** Which cgroup: with another one, counters begin anew. */
  directory: string;
  limitBytes: number;
  usageBytes: number | null;
  /** Charges that met the limit and had to reclaim: v1 failcnt; v2 the events `max` and `high`. */
  limitHits: number | null;
  /** Pages read again soon after they were evicted. */
  refaults: number | null;
  majorFaults: number | null;
  /** memory.pressure: time in which some, and in which all, of its tasks were stalled. */
  stalledSomeSeconds: number | null;
  stalledFullSeconds: number | null;
};

/** A v1 cgroup without a limit says the most that a long holds, by whole pages. */
const NO_LIMIT = 2 ** 62;

/** Whether its controller is there: version 2 leaves it out of cgroups that do not ask for it. */
export function holdsMemory({ directory, version2 }: Level): boolean {
  return existsSync(`${directory}/${version2 ? 'memory.max' : 'memory.limit_in_bytes'}`);
}

/** Null: no limit, so nothing is read but the limits. */
export function memoryUse(chain: readonly Level[], files: CgroupFiles): MemoryUse | null {
  const found = tightest(chain, ({ directory, version2 }) => limitBytes(directory, version2, files));
  if (found === null) return null;
  const { directory, version2 } = found.level;
  const own = version2 ? readV2(directory, files) : readV1(directory, files);
  return { directory, limitBytes: found.limit, ...own };
}

function limitBytes(directory: string, version2: boolean, files: CgroupFiles): number {
  const read = (name: string) => {
    const value = Number.parseInt(files.text(`${directory}/${name}`) ?? 'max', 10);
    return value >= 0 && value < NO_LIMIT ? value : Number.POSITIVE_INFINITY;
  };
  return version2 ? Math.min(read('memory.max'), read('memory.high')) : read('memory.limit_in_bytes');
}

type Own = Omit<MemoryUse, 'directory' | 'limitBytes'>;

/** `total_`: with the cgroups below it, whose memory counts for the limit. */
function readV1(directory: string, files: CgroupFiles): Own {
  const stat = files.text(`${directory}/memory.stat`) ?? '';
  return {
    usageBytes: numberIn(files.text(`${directory}/memory.usage_in_bytes`)),
    limitHits: numberIn(files.text(`${directory}/memory.failcnt`)),
    refaults: refaultsIn(stat, 'total_') ?? refaultsIn(stat, ''),
    majorFaults: numberAfter(stat, 'total_pgmajfault') ?? numberAfter(stat, 'pgmajfault'),
    stalledSomeSeconds: null,
    stalledFullSeconds: null,
  };
}

function readV2(directory: string, files: CgroupFiles): Own {
  const stat = files.text(`${directory}/memory.stat`) ?? '';
  const pressure = files.text(`${directory}/memory.pressure`);
  return {
    usageBytes: numberIn(files.text(`${directory}/memory.current`)),
    limitHits: hitsIn(files.text(`${directory}/memory.events`)),
    refaults: refaultsIn(stat, ''),
    majorFaults: numberAfter(stat, 'pgmajfault'),
    stalledSomeSeconds: stalledSeconds(pressure, 'some'),
    stalledFullSeconds: stalledSeconds(pressure, 'full'),
  };
}

function hitsIn(events: string | null): number | null {
  const [high, max] = [numberAfter(events ?? '', 'high'), numberAfter(events ?? '', 'max')];
  return high === null || max === null ? null : high + max;
}

/** One counter before 5.9, by kind of page since. */
function refaultsIn(stat: string, prefix: string): number | null {
  const [anon, file] = ['anon', 'file'].map((kind) => numberAfter(stat, `${prefix}workingset_refault_${kind}`));
  return anon == null || file == null ? numberAfter(stat, `${prefix}workingset_refault`) : anon + file;
}

/** "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345", microseconds: Documentation/accounting/psi.rst. */
function stalledSeconds(pressure: string | null, who: 'some' | 'full'): number | null {
  const total = new RegExp(`^${who} .*total=(\\d+)`, 'm').exec(pressure ?? '')?.[1];
  return total === undefined ? null : Number(total) / 1e6;
}

function numberIn(text: string | null): number | null {
  const value = text === null ? Number.NaN : Number.parseInt(text, 10);
  return Number.isFinite(value) ? value : null;
}
