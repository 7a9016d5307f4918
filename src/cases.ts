import type { Cause } from './attribution/causes.ts';
import { type JudgedPool, unjudged } from './attribution/judged.ts';
import type { RequestSample } from './decode/sample.ts';
import { Feed, type Latencies } from './drift/feed.ts';
import type { DriftChange, DriftOptions, Second } from './drift/types.ts';
import * as episodes from './outputs/episodes.ts';
import { period } from './outputs/units.ts';
import { PoolCase } from './pool_case.ts';
import type { Pool } from './pools/pool.ts';
import type { Log } from './pools/roster.ts';
import type { StateFolder } from './state/folder.ts';
import { WAIT_BUCKETS } from './windows/histogram.ts';
import type { Signals } from './windows/signals.ts';
import type { PoolReading } from './windows/windows.ts';

export type CasesOptions = {
  drift: DriftOptions;
  state: Pick<StateFolder, 'read' | 'write'>;
  /** Of the host, since it was started: within one, its clock tells a save's age, and else the wall clock. */
  bootId: string;
  log: Log;
};

/** What is kept of a pool, with the moment by CLOCK_MONOTONIC. */
type Kept = { bootId: string; atNs: number; course: unknown };

/** A pool's requests of the last second: the kernel's cumulative counts, or what the program's own metric tells. */
export type Heard = { latencies: Latencies } | { seconds: readonly Second[] } | null;

type Entry = { name: string; course: PoolCase; feed: Feed; savedNs: number };
type Read = () => PoolReading;

/** Between two events each case is written so often; pools take turns. */
const SAVE_NS = 300e9;

/** The cases of all pools, by name: fed each second, told in the log, kept over a restart. */
export class Cases {
  readonly #options: CasesOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: CasesOptions) {
    this.#options = options;
  }

  /** Once a second. `read`: the pool's window up to now, asked for only where an episode needs its cause. */
  second(pool: Pool, heard: Heard, nowNs: number, read: Read): void {
    const entry = this.#entry(pool, nowNs);
    const { course, feed } = entry;
    const other = course.renewed(pool, nowNs);
    if (other !== null) this.#anew(entry, other, nowNs);
    const before = course.cause;
    for (const change of course.add(secondsOf(heard, feed), nowNs, Date.now()))
      this.#tell(entry, change, before, nowNs);
    if (course.unsettled && course.settle(read(), nowNs)) {
      this.#say(entry, episodes.began(course.judged(read(), nowNs, Date.now())));
      this.#save(entry, nowNs);
    }
    if (nowNs - entry.savedNs >= SAVE_NS) this.#save(entry, nowNs);
  }

  /** Each interval; `trusted`: its requests are seen rightly. */
  sampled(name: string, sample: RequestSample, signals: Signals | null, trusted: boolean): void {
    this.#entries.get(name)?.course.sampled(sample, signals, trusted);
  }

  /** Where requests are not measured now, an episode that goes on is still one. */
  judged(reading: PoolReading, nowNs: number): JudgedPool {
    const course = this.#entries.get(reading.pool.name)?.course;
    if (course === undefined || (reading.request === null && !course.drifting)) return unjudged(reading);
    return course.judged(reading, nowNs, Date.now());
  }

  /** How much the share of slow requests differs from one drift window to the next; undefined: not known yet. */
  relativeVariance(name: string): number | undefined {
    return this.#entries.get(name)?.course.relativeVariance;
  }

  /** Somebody says that normal is what comes from now on. False: nothing is known of such a pool. */
  anew(name: string, nowNs: number): boolean {
    const entry = this.#entries.get(name);
    if (entry !== undefined) this.#anew(entry, 'it was asked for', nowNs);
    return entry !== undefined;
  }

  /** Pools that are no more are kept in the state folder alone. */
  keep(pools: readonly Pool[], nowNs: number): void {
    const names = new Set(pools.map(({ name }) => name));
    for (const [name, entry] of this.#entries) {
      if (names.has(name)) continue;
      this.#save(entry, nowNs);
      this.#entries.delete(name);
    }
  }

  /** Everything is written. */
  close(nowNs: number): void {
    this.keep([], nowNs);
  }

  #anew(entry: Entry, why: string, nowNs: number): void {
    const before = entry.course.cause;
    this.#say(entry, `a fresh baseline begins: ${why}`);
    for (const change of entry.course.anew(nowNs)) this.#tell(entry, change, before, nowNs);
    this.#save(entry, nowNs);
  }

  #tell(entry: Entry, change: DriftChange, cause: Cause | null, nowNs: number): void {
    if (change.kind === 'armed') this.#say(entry, episodes.armed(change.baseline));
    if (change.kind === 'ended') {
      const seconds = (change.atNs - change.episode.sinceNs) / 1e9;
      const sinceMs = Date.now() - (nowNs - change.episode.sinceNs) / 1e6;
      this.#say(entry, episodes.ended(change.why, { sinceMs, seconds }, cause));
    }
    this.#save(entry, nowNs);
  }

  #say({ name }: Entry, line: string): void {
    this.#options.log.info(`pool ${name}: ${line}`);
  }

  #save(entry: Entry, nowNs: number): void {
    entry.savedNs = nowNs;
    const kept: Kept = { bootId: this.#options.bootId, atNs: nowNs, course: entry.course.save(nowNs) };
    this.#options.state.write(entry.name, kept);
  }

  #entry(pool: Pool, nowNs: number): Entry {
    let entry = this.#entries.get(pool.name);
    if (entry === undefined) {
      const course = new PoolCase(pool, this.#options.drift);
      entry = { name: pool.name, course, feed: new Feed(WAIT_BUCKETS), savedNs: nowNs - Math.random() * SAVE_NS };
      this.#entries.set(pool.name, entry);
      this.#restore(entry, nowNs);
    }
    return entry;
  }

  #restore(entry: Entry, nowNs: number): void {
    const saved = this.#options.state.read(entry.name);
    if (saved === null) return;
    const { bootId, atNs, course } = (saved.value ?? {}) as Partial<Kept>;
    const told = bootId !== '' && bootId === this.#options.bootId && atNs !== undefined && atNs <= nowNs;
    const ageNs = told ? nowNs - atNs : Math.max(0, Date.now() - saved.savedAtMs) * 1e6;
    if (entry.course.restore(course, nowNs - ageNs, nowNs)) return;
    const old = ageNs / 1e9 > this.#options.drift.baselineSeconds;
    const why = old
      ? `what was kept is ${period(ageNs / 1e9)} old`
      : 'what was kept does not fit these settings, or this version';
    this.#say(entry, `a fresh baseline begins: ${why}`);
  }
}

function secondsOf(heard: Heard, feed: Feed): readonly Second[] | null {
  if (heard === null) feed.forget();
  if (heard === null || 'seconds' in heard) return heard?.seconds ?? null;
  const second = feed.next(heard.latencies);
  return second === null ? [] : [second];
}
