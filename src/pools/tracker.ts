import type { Config } from '../config/config.ts';
import type { Listener, ProcessEvent } from '../decode/event.ts';
import { printable } from '../decode/printable.ts';
import type { Membership } from '../probes/types.ts';
import { Book } from './book.ts';
import type { CpuLimits } from './cpulimit.ts';
import { groups } from './discover.ts';
import { Listening } from './listening.ts';
import { localUids, type UidOf } from './match.ts';
import type { Pool } from './pool.ts';
import type { Procfs } from './procfs.ts';
import { type Log, Roster } from './roster.ts';
import type { Entry } from './table.ts';
import { type Measure, toPool, Upkeep } from './upkeep.ts';
import { ProcessView } from './view.ts';

export type TrackerConfig = Pick<Config, 'pools' | 'discover' | 'intervalSeconds'> & { limits: { pools: number } };

export type TrackerOptions = {
  config: TrackerConfig;
  membership: Membership;
  procfs: Procfs;
  cpuLimits: CpuLimits;
  listeners: () => Listener[];
  /** For `size: { metric }`; default: nothing is scraped. */
  measure?: Measure;
  log: Log;
  /** The daemon's own process, which is in no pool. */
  selfPid: number;
  /** Default: /etc/passwd. */
  uidOf?: UidOf;
};

/**
 * `again`: the kernel is told also of members that stay where they are. Not `sticky`: who served a port and has closed
 * it must match anew.
 */
type Judging = { again?: boolean; sticky?: boolean };

const notScraped: Measure = () => ({ value: null, reason: 'nothing is scraped' });

/** How soon to look for listeners again while a pool waits for its port. */
const EAGER_MS = 1000;
/** What changes without an event (user, command line) is looked at so often. */
const DRIFT_MS = 30_000;
/** Processes judged in one tick: a storm of new ones must not hold the daemon up. */
const MAX_JUDGED = 1000;

/** Keeps which process and thread belongs to which pool, from the first scan on, by process events and rescans. */
export class Tracker {
  readonly #options: TrackerOptions;
  readonly #procfs: Procfs;
  readonly #book: Book;
  readonly #roster: Roster;
  readonly #upkeep: Upkeep;
  readonly #pending = new Set<number>();
  readonly #threads = new Map<number, number>();
  readonly #said = new Set<string>();
  #config: TrackerConfig;
  #listening: Listening;
  #holdings = new Set<string>();
  #nextListenMs = 0;
  #nextDriftMs = 0;

  constructor(options: TrackerOptions) {
    const { config, procfs, membership, measure = notScraped, log } = options;
    this.#options = options;
    this.#config = config;
    this.#procfs = procfs;
    this.#book = new Book(procfs, membership);
    this.#upkeep = new Upkeep(procfs, options.cpuLimits, measure, log);
    const uidOf = options.uidOf ?? localUids();
    this.#roster = new Roster(config.limits.pools, procfs, uidOf, log);
    this.#listening = new Listening([], procfs);
  }

  /** First full scan. Call it once the probe is attached, so that what starts meanwhile comes as an event. */
  start(nowMs: number): void {
    this.reload(this.#config, nowMs);
  }

  /** Takes a new configuration; pools that stay keep index and counters. limits.pools stays as it was at the start. */
  reload(config: TrackerConfig, nowMs: number): void {
    this.#config = config;
    for (const entry of this.#roster.obsolete(config.pools, config.discover)) this.#drop(entry);
    this.#said.clear();
    this.#roster.configure(config.pools);
    for (const entry of this.#roster.entries) this.#setPolicy(entry);
    this.#listen(nowMs);
    this.#judgeAll(nowMs, { again: true, sticky: false });
    this.#finish(nowMs);
  }

  /** After lost process events: judges every process of the host, and tells the kernel all of it again at the next tick. */
  resync(nowMs: number): void {
    this.#judgeAll(nowMs, { again: true });
  }

  onEvent(event: ProcessEvent): void {
    const { tgid, kind } = event;
    if (kind === 'exit') this.#onExit(tgid);
    else if (kind === 'fork') this.#onFork(event);
    else if (kind === 'exec') this.#onExec(event);
    else this.#onChange(event);
  }

  #onChange({ tid, tgid, kind, pool }: ProcessEvent): void {
    const entry = this.#book.get(tgid);
    if (entry) entry.stale = true;
    else if (kind === 'thread-start' && pool !== null) this.#book.reject(tid);
    if (kind === 'thread-exit') this.#threads.delete(tid);
    else if (entry?.config?.workers && kind !== 'cgroup') this.#threads.set(tid, tgid);
    if (kind === 'cgroup' || (kind === 'rename' && tid === tgid)) this.#ask(tgid);
  }

  /** Periodic work: what events left to do, new listeners, the pools' facts. At least every second. */
  tick(nowMs: number): void {
    if (nowMs >= this.#nextListenMs) this.#judgeServers(this.#listen(nowMs));
    if (nowMs >= this.#nextDriftMs && this.#any((entry) => entry.rule.drifts)) this.#judgeAll(nowMs);
    this.#finish(nowMs);
  }

  /** In the order of their indices. */
  pools(): Pool[] {
    const pools = this.#roster.entries.map((entry) => toPool(entry, this.#listening));
    return pools.sort((a, b) => a.index - b.index);
  }

  /** Index of the pool that a process is in, or null. */
  poolOf(tgid: number): number | null {
    return this.#book.get(tgid)?.index ?? null;
  }

  /** Distinct pools over limits.pools since the start or the last reload. */
  get poolsRefused(): number {
    return this.#roster.refused;
  }

  /** Processes and threads it remembers: what must not grow with those that have gone. */
  get remembered(): number {
    return this.#book.size + this.#pending.size + this.#threads.size;
  }

  #onExit(tgid: number): void {
    this.#book.forget(tgid);
    this.#pending.delete(tgid);
  }

  /** A fork changes nothing that rules look at: only what the kernel passed on, or could not, is of interest. */
  #onFork({ tid, tgid, parentTgid, pool }: ProcessEvent): void {
    const parent = this.#book.get(parentTgid);
    const entry = pool === null ? undefined : this.#roster.at(pool);
    if (entry) {
      this.#book.inherit(tgid, entry);
      if (entry.config?.workers) this.#threads.set(tid, tgid);
    } else if (pool !== null) this.#book.reject(tid);
    const late = entry ? parent !== entry : parent?.rule.children;
    if (late || this.#any((other) => other.rule.drifts)) this.#pending.add(tgid);
  }

  /** The kernel has taken it out of its pool already. */
  #onExec({ tgid, parentTgid }: ProcessEvent): void {
    const related = this.#book.get(tgid) ?? this.#book.get(parentTgid);
    this.#book.forget(tgid);
    if (related) this.#pending.add(tgid);
    else this.#ask(tgid);
  }

  /** Where every rule begins with a listening port, only the rescans bring new processes. */
  #ask(tgid: number): void {
    if (this.#any((entry) => !entry.rule.listenOnly)) this.#pending.add(tgid);
  }

  #any(test: (entry: Entry) => boolean): boolean {
    return this.#roster.entries.some(test);
  }

  /** Looks who listens now. Returns the processes that have begun to, on a port that a pool is about. */
  #listen(nowMs: number): Set<number> {
    this.#listening = new Listening(this.#options.listeners(), this.#procfs);
    const before = this.#holdings;
    this.#holdings = new Set(this.#listening.listeners.map(({ tgid, port }) => `${tgid}:${port}`));
    if (this.#config.discover && this.#config.pools.length === 0) this.#discover(nowMs);
    const waiting = this.#any((entry) => entry.rule.port !== null && entry.tgids.size === 0);
    this.#nextListenMs = nowMs + (waiting ? EAGER_MS : this.#config.intervalSeconds * 1000);
    const fresh = this.#listening.listeners.filter((l) => !before.has(`${l.tgid}:${l.port}`) && this.#concerns(l));
    return new Set(fresh.map((listener) => listener.tgid));
  }

  #concerns({ tgid, port }: Listener): boolean {
    const current = this.#book.get(tgid);
    return this.#any((entry) => entry !== current && (entry.rule.port === port || !!entry.group?.holders.has(tgid)));
  }

  #discover(nowMs: number): void {
    this.#roster.noteEmpty(nowMs);
    for (const group of groups(this.#listening, this.#procfs, this.#options.selfPid)) {
      const entry = this.#roster.place(group);
      if (entry) this.#setPolicy(entry);
    }
  }

  /** With new servers come their workers, which may be any process that is in no pool yet. */
  #judgeServers(fresh: ReadonlySet<number>): void {
    for (const pid of fresh.size > 0 ? this.#procfs.pids() : []) {
      if (fresh.has(pid) || !this.#book.get(pid)) this.#judge(pid, { sticky: !fresh.has(pid) });
    }
  }

  #judgeAll(nowMs: number, how: Judging = {}): void {
    const pids = this.#procfs.pids();
    const there = new Set(pids);
    for (const tgid of this.#book.members()) if (!there.has(tgid)) this.#book.forget(tgid);
    for (const pid of pids) this.#judge(pid, how);
    this.#nextDriftMs = nowMs + DRIFT_MS;
  }

  /** Puts a process where it belongs. */
  #judge(tgid: number, { again = false, sticky = true }: Judging = {}): void {
    if (tgid === this.#options.selfPid) return;
    const current = this.#book.get(tgid);
    const view = new ProcessView(tgid, this.#procfs);
    const holds = (entry: Entry) => entry.rule.test(view, this.#listening, sticky && current === entry);
    const entry = this.#roster.entries.find(holds);
    if (!entry) this.#book.expel(tgid);
    else if (entry !== current || again) this.#book.adopt(tgid, entry);
    if (entry && entry !== current) this.#sayTwice(view, entry, holds);
  }

  /** Says once that processes match two pools. */
  #sayTwice(view: ProcessView, first: Entry, holds: (entry: Entry) => boolean): void {
    const second = this.#roster.entries.find((other) => other !== first && holds(other));
    const pair = `${first.name}\n${second?.name}`;
    if (!second || this.#said.has(pair)) return;
    this.#said.add(pair);
    const what = `process ${view.pid} (${printable(view.comm)}) matches the pools ${first.name} and ${second.name}`;
    this.#options.log.warn(`${what}: it counts in the first`);
  }

  #finish(nowMs: number): void {
    this.#settle();
    this.#book.flush();
    this.#listening.forgetParents();
    const intervalMs = this.#config.intervalSeconds * 1000;
    for (const entry of this.#roster.entries) this.#upkeep.refresh(entry, this.#listening, intervalMs, nowMs);
    for (const entry of this.#roster.expired(nowMs)) this.#drop(entry);
  }

  #settle(): void {
    for (const tgid of [...this.#pending].slice(0, MAX_JUDGED)) {
      this.#pending.delete(tgid);
      this.#judge(tgid);
    }
    for (const [tid, tgid] of this.#threads) this.#book.judge(tid, tgid);
    this.#threads.clear();
  }

  #drop(entry: Entry): void {
    for (const tgid of [...entry.tgids]) this.#book.expel(tgid);
    this.#book.release(entry);
    this.#roster.remove(entry);
  }

  #setPolicy(entry: Entry): void {
    const threads = !entry.config?.workers;
    this.#options.membership.policy(entry.index, { threads, children: entry.rule.children });
  }
}
