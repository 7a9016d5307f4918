import type { Cause } from './attribution/causes.ts';
import type { JudgedPool, PoolEpisode } from './attribution/judged.ts';
import { restoreSettled, type Settled, saveSettled, settle } from './attribution/settle.ts';
import type { RequestSample } from './decode/sample.ts';
import { PoolDrift } from './drift/pool_drift.ts';
import type { DriftChange, DriftOptions, Second } from './drift/types.ts';
import { type Identity, identityOf, sameIdentity } from './pools/identity.ts';
import type { Pool } from './pools/pool.ts';
import type { Signals } from './windows/signals.ts';
import { Usual } from './windows/usual.ts';
import type { PoolReading } from './windows/windows.ts';

/** A pool that has just started is not its usual self for so many windows. */
const START_UP_WINDOWS = 3;

const NO_REQUESTS = { requests: 0, tail: { low: 0, values: new Float64Array(0) } };

/** What is kept of a pool over a restart of the daemon; plain JSON. */
export type SavedCase = { identity: Identity; drift: unknown; usual: unknown; told: Told | null; settled: unknown };

/** An episode by the wall clock, milliseconds since the epoch: told once, and the same ever after. */
type Told = { sinceMs: number; foundMs: number };

/** One pool over time: what is normal for it, whether it has drifted, and why. Pure: time is an argument. */
export class PoolCase {
  readonly #options: DriftOptions;
  #drift: PoolDrift;
  #usual: Usual;
  #identity: Identity;
  #tgids: readonly number[];
  /** What it was before a restart, its own or the daemon's; null: it has been compared. */
  #before: Identity | null = null;
  /** From when on its size and ports are to be held against that. */
  #knownNs = 0;
  #startedNs = Number.NEGATIVE_INFINITY;
  #trusted = true;
  #told: Told | null = null;
  #settled: Settled | null = null;

  constructor(pool: Pool, options: DriftOptions) {
    this.#options = options;
    this.#drift = new PoolDrift(options);
    this.#usual = new Usual(options.baselineSeconds);
    this.#identity = identityOf(pool);
    this.#tgids = pool.tgids;
  }

  /** What was saved is gone on with; false: it makes no sense, or is too old. `savedAtNs`: on the present clock. */
  restore(saved: unknown, savedAtNs: number, nowNs: number): boolean {
    const { identity, drift, usual, told = null, settled } = (saved ?? {}) as Partial<SavedCase>;
    const restored = PoolDrift.restore(drift, this.#options, savedAtNs, nowNs);
    if (restored === null || !isIdentity(identity) || (restored.read().episode !== null) !== isTold(told)) return false;
    this.#drift = restored;
    this.#usual = Usual.restore(usual, this.#options.baselineSeconds, savedAtNs) ?? this.#usual;
    this.#told = told;
    this.#settled = told && restoreSettled(settled, savedAtNs);
    this.#hold(identity, nowNs);
    return true;
  }

  save(nowNs: number): SavedCase {
    return {
      identity: this.#before ?? this.#identity,
      drift: this.#drift.save(nowNs),
      usual: this.#usual.save(nowNs),
      told: this.#told,
      settled: saveSettled(this.#settled, nowNs),
    };
  }

  /**
   * A phrase where the pool is another one than before: then a fresh baseline is due. A size is compared when the pool
   * has started up, for then it has all its workers; one that is changed while it runs is no other pool.
   */
  renewed(pool: Pool, nowNs: number): string | null {
    if (pool.tgids.length === 0) return null;
    const now = identityOf(pool);
    if (this.#tgids.length > 0 && !pool.tgids.some((tgid) => this.#tgids.includes(tgid)))
      this.#hold(this.#identity, nowNs);
    const upgraded = sameIdentity(program(now), program(this.#before ?? this.#identity));
    const known = nowNs >= this.#knownNs && !this.#startsUp(nowNs);
    const other = upgraded ?? (known && this.#before !== null ? sameIdentity(now, this.#before) : null);
    if (other !== null || known) this.#before = null;
    this.#startedNs = pool.startedNs ?? this.#startedNs;
    this.#tgids = pool.tgids;
    this.#identity = { exe: now.exe ?? this.#identity.exe, size: now.size ?? this.#identity.size, ports: now.ports };
    return other;
  }

  #hold(before: Identity, nowNs: number): void {
    this.#before ??= before;
    this.#knownNs = nowNs + START_UP_WINDOWS * this.#options.windowSeconds * 1e9;
  }

  #startsUp(nowNs: number): boolean {
    return nowNs - this.#startedNs < START_UP_WINDOWS * this.#options.windowSeconds * 1e9;
  }

  /**
   * Requests of the last seconds; null: they are not measured now. `nowMs`: the wall clock. An episode outlives that they
   * are not measured, or not trusted, as it outlives that there are none: for a quarter of an hour.
   */
  add(seconds: readonly Second[] | null, nowNs: number, nowMs: number): DriftChange[] {
    const unseen = seconds === null || !this.#trusted;
    const leftOut = unseen || this.#startsUp(nowNs);
    const told = unseen ? [{ ...NO_REQUESTS, atNs: nowNs }] : seconds;
    const changes = told.flatMap((second) => [...this.#drift.add(second, { startUp: leftOut })]);
    for (const change of changes) this.#follow(change, nowNs, nowMs);
    return changes;
  }

  #follow(change: DriftChange, nowNs: number, nowMs: number): void {
    if (change.kind === 'armed') return;
    this.#settled = null;
    this.#told = null;
    if (change.kind === 'ended') {
      if (change.why === 'rebaselined') this.#usual.clear();
      return;
    }
    const { sinceNs, foundNs } = change.episode;
    const wallMs = (atNs: number) => Math.round(nowMs - (nowNs - atNs) / 1e6);
    this.#told = { sinceMs: wallMs(sinceNs), foundMs: wallMs(foundNs) };
    this.#usual.withdraw(sinceNs);
  }

  /** A sample of each interval. */
  sampled(sample: RequestSample, signals: Signals | null, trusted: boolean): void {
    this.#trusted = trusted;
    this.#usual.add(sample, signals, trusted && this.#told === null && !this.#startsUp(sample.atNs));
  }

  get relativeVariance(): number {
    return this.#drift.relativeVariance(this.#options.windowSeconds);
  }

  get drifting(): boolean {
    return this.#told !== null;
  }

  /** Of the episode that goes on; null: none, or not settled yet. */
  get cause(): Cause | null {
    return this.#settled?.cause ?? null;
  }

  /** An episode goes on whose cause is not settled yet. */
  get unsettled(): boolean {
    return this.drifting && this.#settled === null;
  }

  /** Looks for the cause of an episode that has none yet; true: it has just been found. */
  settle(reading: PoolReading, nowNs: number): boolean {
    const { episode } = this.#drift.read();
    if (episode === null || this.#settled !== null || reading.request === null) return false;
    this.#settled = settle(null, episode, this.judged(reading, nowNs, 0), nowNs, this.#options.windowSeconds * 1e9);
    return this.#settled !== null;
  }

  /** Nothing is normal any more. */
  anew(nowNs: number): DriftChange[] {
    this.#usual.clear();
    const changes = this.#drift.anew(nowNs);
    for (const change of changes) this.#follow(change, nowNs, 0);
    return changes;
  }

  judged(reading: PoolReading, nowNs: number, nowMs: number): JudgedPool {
    const drift = this.#drift.read();
    const usual = drift.baseline === null ? null : this.#usual.read();
    return { ...reading, drift, usual, episode: this.#episode(nowNs, nowMs) };
  }

  #episode(nowNs: number, nowMs: number): PoolEpisode | null {
    if (this.#told === null) return null;
    const { cause = null, thief = null, atNs = null } = this.#settled ?? {};
    return { ...this.#told, cause, thief, settledMs: atNs === null ? null : nowMs - (nowNs - atNs) / 1e6 };
  }
}

function program({ exe }: Identity): Identity {
  return { exe, size: null, ports: [] };
}

function isIdentity(value: unknown): value is Identity {
  const { exe, ports } = (value ?? {}) as Partial<Identity>;
  return exe !== undefined && Array.isArray(ports);
}

function isTold(value: unknown): value is Told {
  const { sinceMs, foundMs } = (value ?? {}) as Partial<Told>;
  return Number.isFinite(sinceMs) && Number.isFinite(foundMs);
}
