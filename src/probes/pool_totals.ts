import { CpuRuns } from '../decode/cpu_runs.ts';
import { SchedControl, WorkerState } from '../decode/layout.gen.ts';
import { type PoolSample, REASONS, SCOPES, type Theft } from '../decode/sample.ts';
import { StolenBook } from '../decode/stolen_book.ts';
import { decodeThief, ThiefTables } from '../decode/thief_tables.ts';
import { WaitCounts } from '../decode/wait_counts.ts';
import { TOTALS, TOTALS_LENGTH, WorkerSlots } from '../decode/worker_totals.ts';
import { runIterator } from '../kernel/iterator.ts';
import { word } from '../kernel/map.ts';
import type { LoadedSched } from './sched_load.ts';

/** Longer than any program runs, so that nobody writes the epoch that was left; short, so that few thieves share a table. */
const EPOCH_NS = 500e6;

/** A reading that takes longer was interrupted, and is done again, so often at the most. */
const PROMPT_NS = 500e3;
const HURRIES = 3;

/** A wait as long as this is looked at twice. */
const DOUBTED_NS = 200e3;

export type Moment = { monotonicNs: number; schedNs: number };

type Tally = {
  workers: number;
  /** Of workers that are gone. */
  retired: Float64Array;
  live: Float64Array;
  /** As last given out: a wait that is still open counts as run queue, and part of it may turn out a wake-up. */
  given: Float64Array;
  waits: WaitCounts;
  /** Stolen time by raw key, of epochs that are closed. */
  stolen: StolenBook;
  /** Stolen so far from workers that still wait, by raw key. */
  waiting: Map<number, number>;
};

/** Sums the kernel side's tables by pool. Reads mapped memory; a system call only for a worker that has gone. */
export class PoolTotals {
  readonly #loaded: LoadedSched;
  readonly #slots: WorkerSlots;
  readonly #thieves: ThiefTables;
  readonly #runs: CpuRuns;
  readonly #lookLink: number;
  readonly #tallies = new Map<number, Tally>();
  readonly #active: Uint32Array;
  #epochSince = 0;

  constructor(loaded: LoadedSched) {
    this.#loaded = loaded;
    this.#slots = new WorkerSlots(loaded.slots, loaded.arrivals);
    this.#thieves = new ThiefTables(loaded.poolStripes, loaded.plan.stripes);
    this.#runs = new CpuRuns(loaded.cells);
    this.#lookLink = loaded.object.iteratorLink('look');
    this.#active = new Uint32Array(loaded.plan.pools);
  }

  /** @param clock the same moment on both clocks, nanoseconds. */
  sample(clock: () => Moment): Map<number, PoolSample> {
    if (this.#someWait(clock().schedNs)) runIterator(this.#lookLink);
    let now = this.#takeAll(clock);
    for (let i = 0; i < HURRIES && clock().monotonicNs - now.monotonicNs > PROMPT_NS; i++) now = this.#takeAll(clock);
    const samples = new Map<number, PoolSample>();
    for (const [pool, tally] of this.#tallies) samples.set(pool, this.#give(pool, tally, now.monotonicNs));
    return samples;
  }

  /** Ten times a second: active workers by pool; workers that have gone are harvested, thieves booked on the way. */
  activity(monotonicNs: number): Uint32Array {
    if (monotonicNs - this.#epochSince > EPOCH_NS) this.#turnEpoch(monotonicNs);
    const slots = this.#slots;
    const high = this.#high();
    this.#active.fill(0);
    for (let slot = 0; slot < high; slot++) {
      const state = slots.state(slot);
      if (state === WorkerState.FREE || state === WorkerState.UNSEEDED) continue;
      if (slots.retired(slot)) this.#harvest(slot);
      else if (slots.active(slot)) this.#active[slots.pool(slot)]!++;
    }
    return this.#active;
  }

  /** Forgets a pool. Its members must be out of it. */
  release(pool: number): void {
    for (let slot = 0; slot < this.#high(); slot++) {
      if (this.#slots.retired(slot)) this.#harvest(slot);
    }
    this.#tally(pool).waits.clear();
    this.#tallies.delete(pool);
    this.#thieves.clear(pool, 0);
    this.#thieves.clear(pool, 1);
  }

  /** A worker seems to wait for long: is it so? That alone takes a system call. */
  #someWait(schedNs: number): boolean {
    const high = this.#high();
    for (let slot = 0; slot < high; slot++) {
      const wait = this.#slots.openWait(slot);
      if (wait !== null && schedNs - wait.sinceNs > DOUBTED_NS) return true;
    }
    return false;
  }

  /** Slots beyond have never been used: the kernel side takes the last one freed first. */
  #high(): number {
    return Atomics.load(this.#loaded.control, SchedControl.slots_high >> 2);
  }

  #takeAll(clock: () => Moment): Moment {
    for (const tally of this.#tallies.values()) {
      tally.live.fill(0);
      tally.waiting.clear();
      tally.workers = 0;
    }
    const now = clock();
    const high = this.#high();
    for (let slot = 0; slot < high; slot++) {
      if (this.#slots.retired(slot)) this.#harvest(slot);
      else this.#take(slot, now.schedNs);
    }
    for (const tally of this.#tallies.values()) tally.waits.update();
    return now;
  }

  #take(slot: number, schedNs: number): void {
    const state = this.#slots.state(slot);
    if (state === WorkerState.FREE) return;
    const tally = this.#tally(this.#slots.pool(slot));
    this.#slots.addTo(tally.live, slot, schedNs);
    if (state !== WorkerState.UNSEEDED) tally.workers++;
    const wait = this.#slots.openWait(slot);
    if (wait !== null) this.#runs.addTo(tally.waiting, wait.cpu, wait.sinceNs, schedNs);
  }

  #harvest(slot: number): void {
    this.#slots.addTo(this.#tally(this.#slots.pool(slot)).retired, slot, 0);
    this.#slots.free(slot);
    this.#loaded.object.syscallMap('free_slots').update(null, word(slot));
  }

  #tally(pool: number): Tally {
    let tally = this.#tallies.get(pool);
    if (tally === undefined) {
      const row = () => new Float64Array(TOTALS_LENGTH);
      const waits = new WaitCounts(this.#loaded.poolStripes, pool, this.#loaded.plan.stripes);
      tally = {
        workers: 0,
        retired: row(),
        live: row(),
        given: row(),
        waits,
        stolen: new StolenBook(),
        waiting: new Map(),
      };
      this.#tallies.set(pool, tally);
    }
    return tally;
  }

  #give(pool: number, tally: Tally, atNs: number): PoolSample {
    const { given, live, retired } = tally;
    for (let i = 0; i < TOTALS_LENGTH; i++) given[i] = Math.max(given[i]!, live[i]! + retired[i]!);
    const reasons = REASONS.map((reason, i) => [reason, given[TOTALS.blocked + i]!] as const);
    return {
      atNs,
      workers: tally.workers,
      timeNs: {
        oncpu: given[TOTALS.oncpu]!,
        wakeup: given[TOTALS.wakeup]!,
        runqueue: given[TOTALS.runqueue]!,
        throttled: given[TOTALS.throttled]!,
        blocked: reasons.reduce((sum, [, ns]) => sum + ns, 0),
      },
      blockedNs: Object.fromEntries(reasons) as PoolSample['blockedNs'],
      switches: { voluntary: given[TOTALS.voluntary]!, involuntary: given[TOTALS.involuntary]! },
      migrations: Object.fromEntries(
        SCOPES.map((scope, i) => [scope, given[TOTALS.migrations + i]!]),
      ) as PoolSample['migrations'],
      stolen: this.#stolen(pool, tally),
      waits: tally.waits.counts.slice(),
      waitSumNs: given[TOTALS.waited]!,
    };
  }

  #stolen(pool: number, tally: Tally): Theft[] {
    const sums = tally.stolen.sums();
    this.#thieves.addTo(sums, pool, 0);
    this.#thieves.addTo(sums, pool, 1);
    for (const [key, ns] of tally.waiting) sums.set(key, (sums.get(key) ?? 0) + ns);
    return [...sums].map(([key, stolenNs]) => ({ thief: decodeThief(key, pool), stolenNs }));
  }

  /** What the epoch that rests holds is taken and cleared, then the programs write there and the other one rests. */
  #turnEpoch(monotonicNs: number): void {
    const at = SchedControl.epoch >> 2;
    const resting = (Atomics.load(this.#loaded.control, at) & 1) ^ 1;
    for (const [pool, tally] of this.#tallies) {
      const gained = new Map<number, number>();
      this.#thieves.addTo(gained, pool, resting);
      this.#thieves.clear(pool, resting);
      tally.stolen.add(gained, monotonicNs);
    }
    Atomics.store(this.#loaded.control, at, resting);
    this.#epochSince = monotonicNs;
  }
}
