import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ThiefReader } from './thief_names.ts';

const CGROUPS_MAX = 20_000;
const RESCAN_MS = 5_000;

/** The reader of a live host: /proc, and the mount that the cpu controller's cgroups are in (proc(5), cgroups(7)). */
export class ProcThiefReader implements ThiefReader {
  readonly #proc: string;
  readonly #mount: string | null;
  #paths = new Map<number, string>();
  #scannedMs = Number.NEGATIVE_INFINITY;

  constructor(proc = '/proc') {
    this.#proc = proc;
    this.#mount = cpuMount(text(join(proc, 'self/mountinfo')) ?? '');
  }

  process(tgid: number): { comm: string; cgroup: string } | null {
    const comm = text(join(this.#proc, `${tgid}/comm`));
    const cgroups = text(join(this.#proc, `${tgid}/cgroup`));
    if (comm === null || cgroups === null) return null;
    return { comm: comm.replace(/\n$/, ''), cgroup: cpuCgroup(cgroups) };
  }

  /** A cgroup's kernfs id is its directory's inode number (64-bit kernels). A miss walks the tree, once in 5 s. */
  cgroupPath(id: number): string | null {
    const nowMs = performance.now();
    if (!this.#paths.has(id) && nowMs - this.#scannedMs > RESCAN_MS) {
      this.#paths = this.#mount === null ? new Map() : walk(this.#mount);
      this.#scannedMs = nowMs;
    }
    return this.#paths.get(id) ?? null;
  }
}

/** Path in the cpu controller's hierarchy (v1) or, without one, in the unified hierarchy (v2). */
export function cpuCgroup(procCgroup: string): string {
  let unified = '/';
  for (const line of procCgroup.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/s.exec(line) ?? [];
    if (path === undefined) continue;
    if (controllers!.split(',').includes('cpu')) return path;
    if (controllers === '') unified = path;
  }
  return unified;
}

/** Mount point of the v1 cpu controller, else of the v2 hierarchy. */
export function cpuMount(mountinfo: string): string | null {
  let unified: string | null = null;
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const [type, , options] = after?.split(' ') ?? [];
    const point = before!.split(' ')[4];
    if (point === undefined) continue;
    if (type === 'cgroup' && options?.split(',').includes('cpu')) return point;
    if (type === 'cgroup2') unified ??= point;
  }
  return unified;
}

function walk(mount: string): Map<number, string> {
  const paths = new Map<number, string>();
  const left = ['/'];
  while (left.length > 0 && paths.size < CGROUPS_MAX) {
    const path = left.pop()!;
    try {
      paths.set(statSync(join(mount, path)).ino, path);
      for (const entry of readdirSync(join(mount, path), { withFileTypes: true }))
        if (entry.isDirectory()) left.push(join(path, entry.name));
    } catch {} // a cgroup that went meanwhile
  }
  return paths;
}

function text(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
