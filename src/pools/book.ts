import type { Membership } from '../probes/types.ts';
import type { Procfs } from './procfs.ts';
import type { Entry } from './table.ts';

/**
 * Which process is in which pool, and the calls that make the kernel see it the same way. A thread that starts between
 * the listing of a process and flush() has no pool to inherit: so a new member is listed again after each flush,
 * until nothing new turns up.
 */
export class Book {
  readonly #procfs: Procfs;
  readonly #membership: Membership;
  readonly #pools = new Map<number, Entry>();
  /** New members and their threads that have been assigned. */
  readonly #unsettled = new Map<number, Set<number>>();
  #changed = false;

  constructor(procfs: Procfs, membership: Membership) {
    this.#procfs = procfs;
    this.#membership = membership;
  }

  get(tgid: number): Entry | undefined {
    return this.#pools.get(tgid);
  }

  get size(): number {
    return this.#pools.size;
  }

  members(): number[] {
    return [...this.#pools.keys()];
  }

  /** The kernel has put it into the pool by itself. */
  inherit(tgid: number, entry: Entry): void {
    this.#note(tgid, entry);
  }

  /** Puts a process and all its threads into a pool, whatever it was in. */
  adopt(tgid: number, entry: Entry): void {
    if (!this.#procfs.alive(tgid)) {
      this.forget(tgid);
      return;
    }
    this.#note(tgid, entry);
    this.#unsettled.set(tgid, new Set());
    this.#assignNew(tgid, entry);
  }

  /** Takes a living process out of its pool. */
  expel(tgid: number): void {
    if (!this.#pools.has(tgid)) return;
    for (const tid of this.#procfs.tids(tgid)) this.#assign(tid, null, false);
    this.forget(tgid);
  }

  /** The process has gone, or the kernel has taken it out by itself. */
  forget(tgid: number): void {
    const entry = this.#pools.get(tgid);
    if (entry) {
      entry.tgids.delete(tgid);
      entry.stale = true;
    }
    this.#pools.delete(tgid);
    this.#unsettled.delete(tgid);
  }

  /** Decides again whether a thread is a worker. */
  judge(tid: number, tgid: number): void {
    const entry = this.#pools.get(tgid);
    if (entry) this.#assignThread(tid, tgid, entry);
  }

  /** A thread that inherited a pool after its process had been listed to be taken out. */
  reject(tid: number): void {
    this.#assign(tid, null, false);
  }

  release(entry: Entry): void {
    this.flush();
    this.#membership.release(entry.index);
  }

  /** Puts everything in force, then looks once more at what is new. */
  flush(): void {
    if (this.#changed) this.#membership.flush();
    this.#changed = false;
    for (const [tgid] of [...this.#unsettled]) {
      const entry = this.#pools.get(tgid);
      if (!entry || !this.#assignNew(tgid, entry)) this.#unsettled.delete(tgid);
    }
  }

  #note(tgid: number, entry: Entry): void {
    const old = this.#pools.get(tgid);
    if (old && old !== entry) this.forget(tgid);
    this.#pools.set(tgid, entry);
    entry.tgids.add(tgid);
    entry.stale = true;
    entry.emptySinceMs = null;
  }

  /** True where there were threads that had not been assigned. */
  #assignNew(tgid: number, entry: Entry): boolean {
    const seen = this.#unsettled.get(tgid) ?? new Set();
    const fresh = this.#procfs.tids(tgid).filter((tid) => !seen.has(tid));
    for (const tid of fresh) {
      seen.add(tid);
      this.#assignThread(tid, tgid, entry);
    }
    return fresh.length > 0;
  }

  #assignThread(tid: number, tgid: number, entry: Entry): void {
    const filter = entry.config?.workers ?? null;
    const comm = filter ? this.#procfs.comm(tgid, tid) : '';
    if (comm !== null) this.#assign(tid, entry.index, filter ? filter.test(comm) : true);
  }

  #assign(tid: number, pool: number | null, worker: boolean): void {
    this.#membership.assign(tid, pool, worker);
    this.#changed = true;
  }
}
