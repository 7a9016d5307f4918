import type { GcTotals } from '../scrape/gc.ts';
import { Moments } from './moments.ts';
import { type SignalRates, type Signals, signalsBetween, signalsWentBack } from './signals.ts';

/** Cumulative at the newest sample, and over the drift window up to it; `recent` is null before the second sample. */
export type RecentSignals = { newest: Signals; recent: SignalRates | null };

/** The signals of one pool in the last seconds. Pure: time comes with the signals. */
export class SignalWindow {
  readonly #windowNs: number;
  readonly #moments: Moments<Signals>;
  /** Distinct scrapes, the first one that nearest to the window's begin. */
  #collected: GcTotals[] = [];

  constructor(windowNs: number) {
    this.#windowNs = windowNs;
    this.#moments = new Moments(windowNs);
  }

  add(signals: Signals): void {
    const { newest } = this.#moments;
    if (newest !== null && signals.atNs <= newest.atNs) return;
    if (newest !== null && signalsWentBack(newest, signals)) this.#clear();
    this.#moments.add(signals);
    this.#collect(signals.gc);
  }

  get newest(): Signals | null {
    return this.#moments.newest;
  }

  #clear(): void {
    this.#moments.clear();
    this.#collected = [];
  }

  /** Two scrapes may lie further apart than the window is long: then it is those two. */
  #collect(gc: GcTotals | null): void {
    if (gc === null) this.#collected = [];
    else if (gc.atNs !== this.#collected.at(-1)?.atNs) this.#collected.push(gc);
    const edgeNs = (gc?.atNs ?? 0) - this.#windowNs;
    while (this.#collected.length > 2 && this.#collected[1]!.atNs <= edgeNs) this.#collected.shift();
  }

  /** Null where nothing has come yet. */
  read(): RecentSignals | null {
    const { newest } = this.#moments;
    if (newest === null) return null;
    const from = this.#moments.near(newest.atNs - this.#windowNs, newest.atNs);
    const recent = from && signalsBetween({ ...from, gc: this.#collected[0] ?? null }, newest);
    return { newest, recent };
  }
}
