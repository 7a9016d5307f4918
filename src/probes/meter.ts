import { enableProgramStats } from '../kernel/stats.ts';
import type { ProgramStats } from './types.ts';

const EVERY_NS = 60e9;
const SOON_NS = 10e9;
const FIRST_NS = 2e9;
const MEASURED_NS = 1e9;

/** What runs and run time came to in one measured second, over all programs, a second. */
export type ProgramRates = { runs: number; runNs: number };

type Totals = Map<string, { runs: number; runNs: number }>;

/**
 * The kernel's statistics of our programs cost every program some 40 ns a run while they are on: so they are on for one
 * second a minute (a file descriptor holds them), and what that second says stands for the minute before it.
 */
export class ProgramMeter {
  readonly #read: () => ProgramStats[];
  readonly #enable: typeof enableProgramStats;
  readonly #totals: Totals = new Map();
  #misses = new Map<string, number>();
  #stats: { close(): void } | null = null;
  #before: ProgramStats[] = [];
  #startedNs = 0;
  #nextNs: number;
  #coveredNs: number;
  #rates: ProgramRates | null = null;

  constructor(read: () => ProgramStats[], nowNs: number, enable = enableProgramStats) {
    this.#read = read;
    this.#enable = enable;
    this.#nextNs = nowNs + FIRST_NS;
    this.#coveredNs = nowNs;
  }

  /** Once a second or oftener. True where a measurement has just ended. */
  tick(nowNs: number): boolean {
    if (this.#stats === null) {
      if (nowNs >= this.#nextNs) this.#begin(nowNs);
      return false;
    }
    if (nowNs - this.#startedNs < MEASURED_NS) return false;
    this.#end(nowNs);
    this.#nextNs = nowNs + EVERY_NS;
    return true;
  }

  /** The next measurement comes soon: the last one was over the limit, or something is shed. */
  hurry(nowNs: number): void {
    this.#nextNs = Math.min(this.#nextNs, nowNs + SOON_NS);
  }

  /** Estimated since the start; a program's misses are counted by the kernel at all times. */
  programs(): ProgramStats[] {
    return [...this.#totals].map(([program, { runs, runNs }]) => ({
      program,
      runs: Math.round(runs),
      runNs: Math.round(runNs),
      recursionMisses: this.#misses.get(program) ?? 0,
    }));
  }

  /** Of the last measured second; null before the first, or where the kernel refuses (CAP_SYS_ADMIN). */
  get rates(): ProgramRates | null {
    return this.#rates;
  }

  close(): void {
    this.#stats?.close();
    this.#stats = null;
  }

  #begin(nowNs: number): void {
    this.#stats = this.#enable();
    this.#before = this.#read();
    this.#startedNs = nowNs;
    if (this.#stats === null) this.#nextNs = nowNs + EVERY_NS;
  }

  #end(nowNs: number): void {
    const after = this.#read();
    this.close();
    const scale = (nowNs - this.#coveredNs) / (nowNs - this.#startedNs);
    const rates = { runs: 0, runNs: 0 };
    for (const [i, { program, runs, runNs, recursionMisses }] of after.entries()) {
      const grown = { runs: runs - this.#before[i]!.runs, runNs: runNs - this.#before[i]!.runNs };
      const total = this.#totals.get(program) ?? { runs: 0, runNs: 0 };
      this.#totals.set(program, { runs: total.runs + grown.runs * scale, runNs: total.runNs + grown.runNs * scale });
      this.#misses.set(program, recursionMisses);
      rates.runs += (grown.runs * 1e9) / (nowNs - this.#startedNs);
      rates.runNs += (grown.runNs * 1e9) / (nowNs - this.#startedNs);
    }
    this.#rates = rates;
    this.#coveredNs = nowNs;
  }
}
