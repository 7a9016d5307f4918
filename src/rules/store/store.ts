import { compareLabels, type Labels, NAME } from '../labels.ts';
import type { Matcher } from '../promql/matcher.ts';
import { Series } from './series.ts';

/** What the objects of a series take beside its samples and its labels' text, those that rules derive too: measured. */
const SERIES_BYTES = 3072;

export type StoreLimits = {
  seriesMax: number;
  /** Of all series together: samples and labels. */
  bytesMax: number;
  /** Older samples may go; no shorter than the longest look of the rules. */
  keepMs: number;
};

/** What was lost, since the start. */
export type StoreLosses = { seriesRefused: number; samplesOutOfOrder: number; samplesDropped: number };

/** Samples in memory. What is over a limit is counted and lost: new series first, then the oldest samples. */
export class Store {
  readonly #limits: StoreLimits;
  #keepMs: number;
  readonly #byText = new Map<string, Series>();
  readonly #byName = new Map<string, Series[]>();
  readonly #unsorted = new Set<string>();
  /** Answers since a series came or went, by the list of matchers: rules ask the same again and again. */
  #selected = new WeakMap<readonly Matcher[], readonly Series[]>();
  readonly losses: StoreLosses = { seriesRefused: 0, samplesOutOfOrder: 0, samplesDropped: 0 };
  #bytes = 0;

  constructor(limits: StoreLimits) {
    this.#limits = limits;
    this.#keepMs = limits.keepMs;
  }

  /** After a reload, whose rules may look back further or less far. */
  keepFor(keepMs: number): void {
    this.#keepMs = keepMs;
  }

  get seriesCount(): number {
    return this.#byText.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(labels: Labels, timeMs: number, value: number): boolean {
    const series = this.#writable(labels, timeMs);
    series?.push(timeMs, value);
    return series !== null;
  }

  /** The series is there no longer: at once, not only after the look back. */
  appendStale(labels: Labels, timeMs: number): void {
    if (this.#byText.has(labels.text)) this.#writable(labels, timeMs)?.pushStale(timeMs);
  }

  /** In the order of their labels. A list of matchers is not changed after its first use. */
  select(matchers: readonly Matcher[]): readonly Series[] {
    let found = this.#selected.get(matchers);
    if (!found) {
      found = this.#find(matchers);
      this.#selected.set(matchers, found);
    }
    return found;
  }

  #find(matchers: readonly Matcher[]): Series[] {
    const exact = matchers.find(({ name, type }) => name === NAME && type === '=')?.value;
    const candidates = exact ? this.#named(exact) : [...this.#byName.keys()].flatMap((name) => this.#named(name));
    const rest = exact ? matchers.filter(({ name, type }) => name !== NAME || type !== '=') : matchers;
    const found = candidates.filter(({ labels }) => rest.every(({ name, test }) => test(labels.get(name))));
    return exact ? found : found.sort((a, b) => compareLabels(a.labels, b.labels));
  }

  /** Forgets series whose newest sample is older than what is kept. */
  expire(nowMs: number): void {
    for (const series of this.#byText.values()) if (series.newestMs < nowMs - this.#keepMs) this.#remove(series);
  }

  /** After the clock was set by so much: all times are by the new one. */
  shift(ms: number): void {
    for (const series of this.#byText.values()) series.shift(ms);
  }

  /** The series, with room for one more sample; null: refused. */
  #writable(labels: Labels, timeMs: number): Series | null {
    const series = this.#byText.get(labels.text) ?? this.#add(labels);
    if (!series) return null;
    if (series.newestMs >= timeMs) {
      this.losses.samplesOutOfOrder++;
      return null;
    }
    if (series.full) series.forget(timeMs - this.#keepMs);
    if (series.full) this.#grow(series);
    return series;
  }

  #grow(series: Series): void {
    if (this.#bytes + series.bytes > this.#limits.bytesMax) {
      this.losses.samplesDropped++;
      return;
    }
    this.#bytes += series.bytes;
    series.grow();
  }

  #add(labels: Labels): Series | null {
    const series = new Series(labels);
    const bytes = overhead(series) + series.bytes;
    if (this.#byText.size >= this.#limits.seriesMax || this.#bytes + bytes > this.#limits.bytesMax) {
      this.losses.seriesRefused++;
      return null;
    }
    const name = labels.get(NAME);
    this.#byText.set(labels.text, series);
    this.#byName.set(name, this.#byName.get(name) ?? []);
    this.#byName.get(name)!.push(series);
    this.#unsorted.add(name);
    this.#selected = new WeakMap();
    this.#bytes += bytes;
    return series;
  }

  #remove(series: Series): void {
    const name = series.labels.get(NAME);
    const others = this.#byName.get(name)!.filter((other) => other !== series);
    if (others.length > 0) this.#byName.set(name, others);
    else this.#byName.delete(name);
    this.#byText.delete(series.labels.text);
    this.#selected = new WeakMap();
    this.#bytes -= overhead(series) + series.bytes;
  }

  #named(name: string): Series[] {
    const list = this.#byName.get(name) ?? [];
    if (this.#unsorted.delete(name)) list.sort((a, b) => compareLabels(a.labels, b.labels));
    return list;
  }
}

function overhead(series: Series): number {
  return SERIES_BYTES + 4 * series.labels.text.length;
}
