import { readFileSync } from 'node:fs';
import { atHome, HOST, ownHomes } from './cgroup_home.ts';
import { type CgroupLine, type CgroupMount, parseMounts } from './cgroup_text.ts';

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
  readonly #mounts: readonly CgroupMount[];
  readonly #prefix: string;

  /** `mountinfo` is the text of /proc/self/mountinfo (proc(5)); `prefix` is put before every path, for tests. */
  constructor(mountinfo: string, prefix = '') {
    const homes = prefix === '' ? ownHomes() : HOST;
    this.#mounts = parseMounts(mountinfo)
      .map((mount) => ({ ...mount, root: atHome(homes, mount.controllers, mount.root) }))
      .sort((a, b) => a.root.length - b.root.length); // the one that shows most
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
