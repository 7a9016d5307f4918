import { closeSync, type Dirent, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { atHome, type CgroupHomes, HOST, ownHomes } from './cgroup_home.ts';
import { type CgroupLine, parseCgroups } from './cgroup_text.ts';

/** Longest command line, environment or comm that is read, in bytes: what a process says of itself can be megabytes. */
const MAX_TEXT = 4096;
const MAX_ENVIRON = 131_072;
/** USER_HZ is 100 wherever pooldrift runs. */
const TICK_NS = 1e7;
/** include/linux/sched.h; the flags are field 9 of stat. */
const PF_KTHREAD = 0x00200000;

export { type CgroupLine, parseCgroups } from './cgroup_text.ts';

export type Status = {
  ppid: number;
  uid: number;
  threads: number;
  /** Cpus_allowed_list: "0-3,8". */
  cpusAllowed: string;
  /** Process id in each nested pid namespace, outermost first. */
  nspid: readonly number[];
};

export type Task = { tid: number; comm: string };

/**
 * Reads of /proc. null, or an empty list, where the process has gone or may not be read; never an exception.
 * Nothing below /proc/PID/root is ever opened, so no symbolic link of a container's can lead anywhere.
 */
export class Procfs {
  readonly root: string;
  readonly #homes: CgroupHomes;

  constructor(root = '/proc') {
    this.root = root;
    this.#homes = root === '/proc' ? ownHomes() : HOST;
  }

  pids(): number[] {
    return this.#names('').map(Number).filter(Number.isInteger);
  }

  comm(pid: number, tid = pid): string | null {
    return this.#text(tid === pid ? `${pid}/comm` : `${pid}/task/${tid}/comm`)?.replace(/\n$/, '') ?? null;
  }

  /** Arguments; one only, with spaces in it, where the program has overwritten them with a title. */
  cmdline(pid: number): string[] | null {
    return this.#text(`${pid}/cmdline`)?.replace(/\0+$/, '').split('\0') ?? null;
  }

  exe(pid: number): string | null {
    return attempt(() => readlinkSync(`${this.root}/${pid}/exe`).replace(/ \(deleted\)$/, ''));
  }

  /** The binary itself, also after its file was replaced. The caller closes it. */
  openExe(pid: number): number | null {
    return attempt(() => openSync(`${this.root}/${pid}/exe`, 'r'));
  }

  /** With paths as the host has them, also in a cgroup namespace of our own. */
  cgroups(pid: number): CgroupLine[] | null {
    const lines = attempt(() => parseCgroups(readFileSync(`${this.root}/${pid}/cgroup`, 'utf8')));
    if (this.#homes.size === 0) return lines;
    return lines?.map((line) => ({ ...line, path: atHome(this.#homes, line.controllers, line.path) })) ?? null;
  }

  status(pid: number): Status | null {
    const text = this.#text(`${pid}/status`);
    return text === null ? null : parseStatus(text);
  }

  tasks(pid: number): Task[] {
    const tids = this.#names(`${pid}/task`).map(Number);
    return tids.flatMap((tid) => {
      const comm = this.comm(pid, tid);
      return comm === null ? [] : [{ tid, comm }];
    });
  }

  tids(pid: number): number[] {
    return this.#names(`${pid}/task`).map(Number);
  }

  /** The environment it was started with; later changes show only where the program wrote over it. */
  environ(pid: number): Map<string, string> | null {
    const text = this.#text(`${pid}/environ`, MAX_ENVIRON);
    return text === null ? null : parseEnviron(text);
  }

  /** Clock ticks after boot (field 22 of stat); with the pid it names one process for ever. */
  startTicks(pid: number): number | null {
    const fields = this.#statFields(pid);
    return fields ? Number(fields[19]) : null;
  }

  /**
   * When a process started, CLOCK_MONOTONIC as of now. Its start is told on a clock that goes on in suspend (kernel:
   * fs/proc/array.c, start_boottime), so a suspend after the start makes it seem earlier: read it soon, and keep it.
   */
  startedNs(pid: number): number | null {
    const [ticks, uptimeSeconds] = [this.startTicks(pid), Number.parseFloat(this.#text('uptime') ?? '')];
    if (ticks === null || Number.isNaN(uptimeSeconds)) return null;
    const suspendedNs = uptimeSeconds * 1e9 - Number(process.hrtime.bigint());
    return ticks * TICK_NS - suspendedNs;
  }

  /** A process of a program: no kernel thread, and no zombie whose exit has been told already. */
  alive(pid: number): boolean {
    const fields = this.#statFields(pid);
    if (!fields || Number(fields[6]) & PF_KTHREAD) return false;
    return !/[ZX]/.test(fields[0]!) || this.tids(pid).length > 1;
  }

  ppid(pid: number): number | null {
    const fields = this.#statFields(pid);
    return fields ? Number(fields[1]) : null;
  }

  /** Fields of stat from the third on: the second, the comm, may hold spaces and brackets. */
  #statFields(pid: number): string[] | null {
    const text = this.#text(`${pid}/stat`);
    return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
  }

  #names(path: string): string[] {
    const entries = attempt(() => readdirSync(`${this.root}/${path}`, { withFileTypes: true })) ?? [];
    return entries.filter((entry: Dirent) => /^\d+$/.test(entry.name)).map((entry) => entry.name);
  }

  #text(path: string, limit = MAX_TEXT): string | null {
    return attempt(() => readSome(`${this.root}/${path}`, limit).toString('utf8'));
  }
}

function readSome(path: string, limit: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(limit);
    let length = 0;
    for (let read = -1; read !== 0 && length < limit; length += read)
      read = readSync(fd, buffer, length, limit - length, null);
    return buffer.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

/** Errors that mean: gone, not ours, or not there (a kernel thread has no exe). */
const EXPECTED = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR', 'EINVAL', 'EIO']);

/** @throws what is no race and no refusal: EMFILE, ENOMEM */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (EXPECTED.has((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

function parseStatus(text: string): Status {
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1] ?? '';
  return {
    ppid: Number(field('PPid')),
    uid: Number(field('Uid').split('\t')[1] ?? field('Uid').split('\t')[0]),
    threads: Number(field('Threads')),
    cpusAllowed: field('Cpus_allowed_list'),
    nspid: field('NSpid').split('\t').filter(Boolean).map(Number),
  };
}

function parseEnviron(text: string): Map<string, string> {
  const pairs = text.split('\0').flatMap((entry): [string, string][] => {
    const equals = entry.indexOf('=');
    return equals > 0 ? [[entry.slice(0, equals), entry.slice(equals + 1)]] : [];
  });
  return new Map(pairs.reverse());
}
