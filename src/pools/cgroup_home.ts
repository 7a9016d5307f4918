import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { type CgroupLine, type CgroupMount, parseCgroups, parseMounts } from './cgroup_text.ts';

/**
 * In a cgroup namespace of its own (a container's) a process is told every path relative to where that begins: `/../../app`. This
 * is where it begins, by hierarchy (its controllers, joined by commas), in the tree as it is mounted. Empty: the host's namespace.
 */
export type CgroupHomes = ReadonlyMap<string, string>;

export const HOST: CgroupHomes = new Map();

let own: CgroupHomes | undefined;

/** Of this process; looked for once. */
export function ownHomes(): CgroupHomes {
  own ??= findHomes(
    parseMounts(readFileSync('/proc/self/mountinfo', 'utf8')),
    parseCgroups(readFileSync('/proc/self/cgroup', 'utf8')),
  );
  return own;
}

/** A line or a mount's root, with the path that the mounted tree has. */
export function atHome(homes: CgroupHomes, controllers: readonly string[], path: string): string {
  for (const [hierarchy, home] of homes)
    if (same(hierarchy === '' ? [] : hierarchy.split(','), controllers)) return posix.resolve(home, `.${path}`);
  return path;
}

/**
 * A mount that reaches beyond the namespace tells by its root (`/../..`) how deep the namespace begins: there the cgroup that
 * holds this process is looked for. `lines`: of /proc/self/cgroup.
 */
export function findHomes(
  mounts: readonly CgroupMount[],
  lines: readonly CgroupLine[],
  pid = process.pid,
): CgroupHomes {
  const homes = new Map<string, string>();
  for (const { controllers, path } of lines) {
    const mount = mounts.find((each) => each.root.startsWith('/..') && same(each.controllers, controllers));
    if (mount === undefined) continue;
    const below = path === '/' ? '' : path;
    const found = holder(mount.point, '', depth(mount.root) + depth(below), pid);
    if (found?.endsWith(below)) homes.set(controllers.join(), found.slice(0, found.length - below.length) || '/');
  }
  return homes;
}

/** A mount's options hold more than the controllers. */
function same(some: readonly string[], others: readonly string[]): boolean {
  return some.length === 0 ? others.length === 0 : some.some((each) => others.includes(each));
}

function depth(path: string): number {
  return path.split('/').length - 1;
}

/** The cgroup so many levels below the mount point that holds a process; null where none does, or it cannot be read. */
function holder(point: string, path: string, levels: number, pid: number): string | null {
  try {
    if (levels === 0) {
      const pids = readFileSync(`${point}${path}/cgroup.procs`, 'utf8').split('\n');
      return pids.includes(String(pid)) ? path : null;
    }
    for (const entry of readdirSync(`${point}${path}`, { withFileTypes: true })) {
      const found = entry.isDirectory() ? holder(point, `${path}/${entry.name}`, levels - 1, pid) : null;
      if (found !== null) return found;
    }
  } catch {} // a cgroup that went meanwhile
  return null;
}
