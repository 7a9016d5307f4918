import { readFileSync } from 'node:fs';
import type { CgroupLine } from './procfs.ts';

/** A mounted cgroup hierarchy; version 2 has no controllers here. */
type Mount = { controllers: readonly string[]; version2: boolean; root: string; point: string };

/** The path of a process in the hierarchy that has a controller; without one, in the unified hierarchy. */
export function pathOf(lines: readonly CgroupLine[], controller: string): string | null {
  const own = lines.find((line) => line.controllers.includes(controller));
  return (own ?? unified(lines))?.path ?? null;
}

/** The name systemd gave it: the last component of its path that is a service or a scope. */
export function unitOf(lines: readonly CgroupLine[]): string | null {
  const path = (lines.find((line) => line.controllers.includes('name=systemd')) ?? unified(lines))?.path ?? '';
  return path.split('/').findLast((part) => /\.(service|scope)$/.test(part)) ?? null;
}

function unified(lines: readonly CgroupLine[]): CgroupLine | undefined {
  return lines.find((line) => line.controllers.length === 0);
}

/** The cgroup files of this host, whichever versions are mounted and where. */
export class CgroupTree {
  readonly #mounts: readonly Mount[];
  readonly #prefix: string;

  /** `mountinfo` is the text of /proc/self/mountinfo (proc(5)); `prefix` is put before every path, for tests. */
  constructor(mountinfo: string, prefix = '') {
    this.#mounts = parseMounts(mountinfo);
    this.#prefix = prefix;
  }

  /** Directories of a process's cgroup for a controller and of all its ancestors that are visible, the leaf first. */
  chain(lines: readonly CgroupLine[], controller: string): { directory: string; path: string; version2: boolean }[] {
    const own = lines.find((line) => line.controllers.includes(controller));
    const line = own ?? unified(lines);
    const mount = this.#mounts.find((m) => (own ? m.controllers.includes(controller) : m.version2));
    if (!line || !mount || !within(line.path, mount.root)) return [];
    return ancestors(line.path, mount.root).map((path) => ({
      path,
      directory:
        this.#prefix + mount.point + path.slice(mount.root === '/' ? 0 : mount.root.length).replace(/^\/$/, ''),
      version2: mount.version2,
    }));
  }
}

/** A cgroup file's text without its newline; null where there is none. */
export function cgroupFile(directory: string, name: string): string | null {
  try {
    return readFileSync(`${directory}/${name}`, 'utf8').trim();
  } catch {
    return null;
  }
}

function within(path: string, root: string): boolean {
  return root === '/' || path === root || path.startsWith(`${root}/`);
}

function ancestors(path: string, root: string): string[] {
  const chain = [path];
  for (let at = path; at !== root && at !== '/'; ) {
    at = at.slice(0, at.lastIndexOf('/')) || '/';
    chain.push(at);
  }
  return chain;
}

/** "31 23 0:28 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu": proc(5). */
function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [left, right] = line.split(' - ');
    const [kind, , options] = right?.split(' ') ?? [];
    const [, , , root, point] = left!.split(' ').map(unescapePath);
    if ((kind !== 'cgroup' && kind !== 'cgroup2') || !root || !point) return [];
    const version2 = kind === 'cgroup2';
    return [{ controllers: version2 ? [] : (options ?? '').split(','), version2, root, point }];
  });
}

function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
