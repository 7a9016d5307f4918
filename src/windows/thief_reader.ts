import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CgroupTree, pathOf } from '../pools/cgroup.ts';
import { Procfs } from '../pools/procfs.ts';
import type { ThiefReader } from './thief_names.ts';

const CGROUPS_MAX = 20_000;
const RESCAN_MS = 5_000;

/** The reader of a live host: /proc, and the mount that the cpu controller's cgroups are in (proc(5), cgroups(7)). */
export class ProcThiefReader implements ThiefReader {
  readonly #proc: Procfs;
  readonly #mount: string | null;
  #paths = new Map<number, string>();
  #scannedMs = Number.NEGATIVE_INFINITY;

  constructor(proc = new Procfs(), mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')) {
    this.#proc = proc;
    this.#mount = cpuMount(mountinfo);
  }

  process(tgid: number): { comm: string; cgroup: string } | null {
    const comm = commandOf(this.#proc, tgid);
    const lines = this.#proc.cgroups(tgid);
    return comm === null || lines === null ? null : { comm, cgroup: pathOf(lines, 'cpu') ?? '/' };
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

/** The leader's command; of Node >= 24, which calls its own MainThread, the program's file name. Null: it has gone. */
export function commandOf(proc: Procfs, tgid: number): string | null {
  const comm = proc.comm(tgid);
  const exe = comm === 'MainThread' ? proc.exe(tgid) : null;
  return exe === null ? comm : basename(exe);
}

/** Mount point of the version 1 cpu controller, else of the version 2 hierarchy. */
export function cpuMount(mountinfo: string): string | null {
  const tree = new CgroupTree(mountinfo);
  const root = (controllers: readonly string[]) =>
    tree.chain([{ controllers, path: '/' }], 'cpu')[0]?.directory ?? null;
  return root(['cpu']) ?? root([]);
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
