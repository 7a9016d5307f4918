import type { PoolConfig } from '../config/config.ts';
import { type Group, groupRule, namesOf } from './discover.ts';
import { compileMatch, type UidOf } from './match.ts';
import type { Procfs } from './procfs.ts';
import { type Entry, PoolTable } from './table.ts';

export type Log = { info(message: string): void; warn(message: string): void };

/** A discovered pool's series outlive its last process so long. */
const KEEP_MS = 5 * 60_000;

/** Which pools there are: named ones in the order of the configuration, found ones in the order of their finding. */
export class Roster {
  readonly #table: PoolTable;
  readonly #limit: number;
  readonly #procfs: Procfs;
  readonly #uidOf: UidOf;
  readonly #log: Log;
  #order: Entry[] = [];

  constructor(limit: number, procfs: Procfs, uidOf: UidOf, log: Log) {
    this.#table = new PoolTable(limit);
    this.#limit = limit;
    this.#procfs = procfs;
    this.#uidOf = uidOf;
    this.#log = log;
  }

  /** In the order in which they are matched. */
  get entries(): readonly Entry[] {
    return this.#order;
  }

  get refused(): number {
    return this.#table.refused;
  }

  at(index: number): Entry | undefined {
    return this.#table.at(index);
  }

  /** Pools that a new configuration no longer has; found ones where it names any. */
  obsolete(pools: readonly PoolConfig[], discover: boolean): Entry[] {
    const names = new Set(pools.map((pool) => pool.name));
    const kept = (entry: Entry) => (entry.config ? names.has(entry.name) : discover && pools.length === 0);
    return this.#order.filter((entry) => !kept(entry));
  }

  remove(entry: Entry): void {
    this.#table.free(entry);
    this.#order = this.#order.filter((other) => other !== entry);
  }

  /** Named pools: those that stay keep their index. Call it after the obsolete ones are gone. */
  configure(pools: readonly PoolConfig[]): void {
    this.#table.forgetRefused();
    const named = pools.map((pool) => this.#configureOne(pool)).filter((entry) => entry !== null);
    this.#order = [...named, ...this.#order.filter((entry) => entry.config === null)];
  }

  #configureOne(pool: PoolConfig): Entry | null {
    const rule = compileMatch(pool.match, this.#uidOf);
    if (typeof pool.match.user === 'string' && this.#uidOf(pool.match.user) === null)
      this.#log.warn(`pool ${pool.name}: no user ${pool.match.user} on this host`);
    const entry = this.#table.named(pool.name) ?? this.#table.add(pool.name, rule, pool, null);
    if (entry) Object.assign(entry, { rule, config: pool, group: null, stale: true, factsAtMs: null });
    else this.#refuse(pool.name);
    return entry;
  }

  /** The pool of a found group: the one that shares a process with it, an empty one that it returns to, or a new one. */
  place(group: Group): Entry | null {
    const entry = this.#order.find((other) => continues(group, other)) ?? this.#addFound(group);
    if (entry) Object.assign(entry, { group, emptySinceMs: null });
    return entry;
  }

  #addFound(group: Group): Entry | null {
    for (const name of namesOf(group, this.#procfs)) {
      if (this.#table.named(name)) continue;
      const entry: Entry | null = this.#table.add(
        name,
        groupRule(() => entry!.group!),
        null,
        group,
      );
      if (entry) this.#order.push(entry);
      else this.#refuse(name);
      return entry;
    }
    return null;
  }

  #refuse(name: string): void {
    if (this.#table.refuse(name)) this.#log.warn(`pool ${name} is not watched: limits.pools is ${this.#limit}`);
  }

  /** Call it before place(): a program may end and be back within one look. */
  noteEmpty(nowMs: number): void {
    for (const entry of this.#order) if (entry.tgids.size === 0) entry.emptySinceMs ??= nowMs;
  }

  /** Found pools whose time is over. */
  expired(nowMs: number): Entry[] {
    this.noteEmpty(nowMs);
    return this.#order.filter((entry) => !entry.config && nowMs - (entry.emptySinceMs ?? nowMs) >= KEEP_MS);
  }
}

function continues(group: Group, { group: last, emptySinceMs }: Entry): boolean {
  if (last?.exe !== group.exe) return false;
  const restarted = emptySinceMs !== null && last.ports[0] === group.ports[0];
  return restarted || [...group.holders].some((tgid) => last.holders.has(tgid));
}
