import { pathOf, unitOf } from './cgroup.ts';
import { type GoBuild, readGoBuild } from './gobuild.ts';
import type { CgroupLine, Procfs, Status, Task } from './procfs.ts';

/** One process as /proc shows it, each thing read when it is first asked for and then kept. */
export class ProcessView {
  readonly pid: number;
  readonly procfs: Procfs;
  readonly #known = new Map<string, unknown>();

  constructor(pid: number, procfs: Procfs) {
    this.pid = pid;
    this.procfs = procfs;
  }

  get comm(): string {
    return this.#once('comm', () => this.procfs.comm(this.pid)) ?? '';
  }

  get exe(): string {
    return this.#once('exe', () => this.procfs.exe(this.pid)) ?? '';
  }

  get exeName(): string {
    return this.exe.slice(this.exe.lastIndexOf('/') + 1);
  }

  get arguments(): readonly string[] {
    return this.#once('cmdline', () => this.procfs.cmdline(this.pid)) ?? [];
  }

  /** The command line as `ps` shows it: titles that programs give themselves included. */
  get title(): string {
    return this.arguments.join(' ').trimEnd();
  }

  get cgroups(): readonly CgroupLine[] {
    return this.#once('cgroups', () => this.procfs.cgroups(this.pid)) ?? [];
  }

  /** Its path for the cpu controller, version 1 or 2. */
  get cgroupPath(): string {
    return pathOf(this.cgroups, 'cpu') ?? '';
  }

  get unit(): string | null {
    return unitOf(this.cgroups);
  }

  get status(): Status | null {
    return this.#once('status', () => this.procfs.status(this.pid));
  }

  /** False: a missing variable says nothing. */
  get environReadable(): boolean {
    return this.#environ !== null;
  }

  get environ(): ReadonlyMap<string, string> {
    return this.#environ ?? new Map<string, string>();
  }

  get #environ(): ReadonlyMap<string, string> | null {
    return this.#once('environ', () => this.procfs.environ(this.pid));
  }

  get tasks(): readonly Task[] {
    return this.#once('tasks', () => this.procfs.tasks(this.pid)) ?? [];
  }

  /** What the Go linker wrote into its binary; null where it is no Go program. */
  get goBuild(): GoBuild | null {
    return this.#once('goBuild', () => readGoBuild(this.procfs, this.pid));
  }

  #once<T>(name: string, read: () => T): T {
    if (!this.#known.has(name)) this.#known.set(name, read());
    return this.#known.get(name) as T;
  }
}
