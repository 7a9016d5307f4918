import { type BudgetRow, COMPONENTS, type Component, type RequestSample } from '../decode/sample.ts';
import { packRows, ROW_FIELDS } from './request_moment.ts';
import { RATES, type SignalRates, type Signals, signalsBetween } from './signals.ts';
import { grownRows, meanRates, merged, namedRates, packRates, rowsOf, rowsWentBack, type Slice } from './slice.ts';
import { meanParts, type TailBudget, tailBudget } from './tail.ts';
import type { Trimmed } from './trimmed.ts';

/** What a pool does, over some time. */
export type UsualReading = {
  seconds: number;
  requests: number;
  requestsPerSecond: number;
  /** Null: no request. */
  tail: TailBudget | null;
  /** Mean parts of all requests, nanoseconds; null: no request. */
  perRequestNs: Record<Component, number> | null;
  signals: SignalRates | null;
};

const SLICES_MAX = 64;
const SLICE_SECONDS = 60;
/** A short baseline has so many slices at the least. */
const SLICES_MIN = 12;
/** The newest are never merged, so that an onset takes little of what was before it with it. */
const NEWEST = 16;
/** In a state file: a hundredth of a megabyte or two. */
const SAVED_SLICES = 12;

type Moment = { atNs: number; rows: Trimmed; signals: Signals | null };

/**
 * What a pool usually does: the baseline's side of its budget and signals, over the last healthy time. Kept in slices
 * of a minute, or a 12th of a shorter baseline; where they would be more than 64, older neighbours are put together: at
 * most 100 KB. Pure: times on CLOCK_MONOTONIC come with the samples.
 */
export class Usual {
  readonly #baselineSeconds: number;
  readonly #sliceSeconds: number;
  #slices: Slice[] = [];
  /** What is not yet a whole slice: pieces that have been cut off, and the healthy time from `#begun` to `#last`. */
  #open: Slice | null = null;
  #begun: Moment | null = null;
  #last: Moment | null = null;
  #reading: UsualReading | null | undefined;

  constructor(baselineSeconds: number) {
    this.#baselineSeconds = baselineSeconds;
    this.#sliceSeconds = Math.min(SLICE_SECONDS, baselineSeconds / SLICES_MIN);
  }

  /**
   * What has happened since the last call joins; with `healthy` false (start-up, an episode, requests that are not
   * trusted) it does not. `signals` are of the same moment; null: not known.
   */
  add(sample: RequestSample, signals: Signals | null, healthy: boolean): void {
    const [last, now] = [this.#last, { atNs: sample.atNs, rows: packRows(sample.budget), signals }];
    if (!healthy || last === null || !follows(last, now)) this.#cut();
    else this.#begun ??= last;
    this.#last = now;
    if (this.#openSeconds() >= this.#sliceSeconds) this.#close(this.#pending()!);
    // What is usual does not change within a slice: a reading is made anew after each.
    if (this.#slices.length === 0) this.#reading = undefined;
  }

  /** The healthy time ends here. */
  #cut(): void {
    this.#open = this.#pending();
    this.#begun = null;
  }

  #openSeconds(): number {
    const going = this.#begun === null ? 0 : (this.#last!.atNs - this.#begun.atNs) / 1e9;
    return going + (this.#open?.seconds ?? 0);
  }

  /** All that is not yet a whole slice; its difference is taken only where it is asked for. */
  #pending(): Slice | null {
    if (this.#begun === null) return this.#open;
    const going = sliceBetween(this.#begun, this.#last!);
    return this.#open === null ? going : merged(this.#open, going);
  }

  #close(slice: Slice): void {
    this.#slices.push(slice);
    this.#open = null;
    this.#begun = null;
    this.#reading = undefined;
    if (this.#slices.length > SLICES_MAX) mergeLeast(this.#slices, this.#slices.length - NEWEST);
    let seconds = this.#slices.reduce((sum, each) => sum + each.seconds, 0);
    while (seconds - this.#slices[0]!.seconds >= this.#baselineSeconds) seconds -= this.#slices.shift()!.seconds;
  }

  /** What reaches beyond `sinceNs` is forgotten: an onset lay there. */
  withdraw(sinceNs: number): void {
    this.#slices = this.#slices.filter(({ untilNs }) => untilNs <= sinceNs);
    if (this.#open !== null && this.#open.untilNs > sinceNs) this.#open = null;
    if (this.#last !== null && this.#last.atNs > sinceNs) this.#begun = null;
    this.#reading = undefined;
  }

  clear(): void {
    this.withdraw(Number.NEGATIVE_INFINITY);
    this.#last = null;
  }

  /** Null before the first slice has begun. */
  read(): UsualReading | null {
    this.#reading ??= this.#read();
    return this.#reading;
  }

  #all(): Slice[] {
    const pending = this.#pending();
    return pending === null ? [...this.#slices] : [...this.#slices, pending];
  }

  #read(): UsualReading | null {
    const slices = this.#all();
    if (slices.length === 0) return null;
    const seconds = slices.reduce((sum, slice) => sum + slice.seconds, 0);
    return usualOf(seconds, rowsOf(slices), namedRates(meanRates(slices), seconds));
  }

  /** A plain JSON value of about 15 KB. `nowNs`: ages are counted from there. */
  save(nowNs: number): unknown {
    const slices = this.#all();
    while (slices.length > SAVED_SLICES) mergeLeast(slices, slices.length);
    return { layout: LAYOUT, slices: slices.map((slice) => saved(slice, nowNs)) };
  }

  /** `savedAtNs`: when `save` was called, in terms of the present clock. Null: not usable. */
  static restore(value: unknown, baselineSeconds: number, savedAtNs: number): Usual | null {
    const { layout, slices } = (value ?? {}) as { layout?: unknown; slices?: unknown };
    if (layout !== LAYOUT || !Array.isArray(slices) || slices.length > SLICES_MAX) return null;
    const restored = slices.map((slice: unknown) => restoredSlice(slice, savedAtNs));
    if (restored.includes(null)) return null;
    const usual = new Usual(baselineSeconds);
    usual.#slices = restored as Slice[];
    return usual;
  }
}

/** Whether the time between two moments can be told: nothing went back, and the signals of both or of none are known. */
function follows(from: Moment, to: Moment): boolean {
  const alike = (from.signals === null) === (to.signals === null);
  return to.atNs > from.atNs && alike && !rowsWentBack(from.rows, to.rows);
}

function sliceBetween(from: Moment, to: Moment): Slice {
  const rates = packRates(from.signals && to.signals && signalsBetween(from.signals, to.signals));
  return { untilNs: to.atNs, seconds: (to.atNs - from.atNs) / 1e9, rows: grownRows(from.rows, to.rows), rates };
}

/** What rows, ascending by latency, say of `seconds`. */
export function usualOf(seconds: number, rows: readonly BudgetRow[], signals: SignalRates | null): UsualReading {
  const requests = rows.reduce((sum, row) => sum + row.requests, 0);
  return {
    seconds,
    requests,
    requestsPerSecond: seconds === 0 ? 0 : requests / seconds,
    tail: tailBudget(rows),
    perRequestNs: meanParts(rows),
    signals,
  };
}

/** Puts the two neighbours together that are least together, among the first `count`. */
function mergeLeast(slices: Slice[], count: number): void {
  let best = 1;
  const both = (i: number) => slices[i - 1]!.seconds + slices[i]!.seconds;
  for (let i = 2; i < count; i++) if (both(i) < both(best)) best = i;
  slices.splice(best - 1, 2, merged(slices[best - 1]!, slices[best]!));
}

/** Another one is of another version: its rows mean something else. */
const LAYOUT = `1 ${COMPONENTS.join()} ${RATES.join()}`;

type Saved = { ageSeconds: number; seconds: number; rows: string; rates: string };

function saved({ untilNs, seconds, rows, rates }: Slice, nowNs: number): Saved {
  return { ageSeconds: (nowNs - untilNs) / 1e9, seconds, rows: base64(rows), rates: base64(rates) };
}

function restoredSlice(value: unknown, savedAtNs: number): Slice | null {
  const { ageSeconds, seconds, rows: packed, rates: named } = (value ?? {}) as Record<keyof Saved, unknown>;
  const [rows, rates] = [floats(packed), floats(named)];
  if (!Number.isFinite(ageSeconds) || !(Number(seconds) > 0) || rows === null || rates === null) return null;
  if (rows.length % ROW_FIELDS !== 0 || rates.length !== RATES.length || !rows.every(Number.isFinite)) return null;
  for (let i = 0; i < rows.length; i += ROW_FIELDS) if (!(rows[i]! > 0)) return null;
  return { untilNs: savedAtNs - Number(ageSeconds) * 1e9, seconds: Number(seconds), rows, rates };
}

function base64({ buffer }: Float32Array): string {
  return Buffer.from(buffer).toString('base64');
}

function floats(text: unknown): Float32Array | null {
  if (typeof text !== 'string') return null;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % 4 !== 0) return null;
  return new Float32Array(new Uint8Array(bytes).buffer);
}
