import { readdirSync, readFileSync } from 'node:fs';

const SYSFS = '/sys/devices/system/cpu';

export type CpuPlace = { core: number; llc: number; node: number };

/** CPUs that may ever appear; the kernel's per-CPU tables are this long. */
export function possibleCpus(): number {
  return parseCpuList(readFileSync(`${SYSFS}/possible`, 'utf8')).length;
}

/** "0-2,5" -> [0, 1, 2, 5]. Holes stay holes. */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first, last] = part.split('-').map(Number) as [number, number?];
      return Array.from({ length: (last ?? first) - first + 1 }, (_, i) => first + i);
    });
}

/** Core, last-level cache and NUMA node of a CPU, as numbers that are equal where they are shared. */
export function cpuPlace(cpu: number): CpuPlace {
  const shared = (path: string) => parseCpuList(read(`${SYSFS}/cpu${cpu}/${path}`) || String(cpu))[0] ?? cpu;
  const caches = list(`${SYSFS}/cpu${cpu}/cache`).filter((name) => name.startsWith('index'));
  const last = caches.sort((a, b) => Number(a.slice(5)) - Number(b.slice(5))).at(-1);
  const node = list(`${SYSFS}/cpu${cpu}`).find((name) => /^node\d+$/.test(name));
  return {
    core: shared('topology/thread_siblings_list'),
    llc: last ? shared(`cache/${last}/shared_cpu_list`) : 0,
    node: node ? Number(node.slice(4)) : 0,
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return ''; // an offline CPU has no topology
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
