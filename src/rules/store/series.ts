import type { Labels } from '../labels.ts';
import type { Points } from './points.ts';

export const SAMPLE_BYTES = 16;
const FIRST_CAPACITY = 16;

/** Prometheus's staleness marker, a NaN with a payload. JavaScript may lose the payload of a NaN: only words are moved. */
const STALE_LOW = 0x00000002;
const STALE_HIGH = 0x7ff00000;

/** Samples of one series, a ring of times and values that doubles. Times rise. Little-endian, as the kernel side is. */
export class Series {
  readonly labels: Labels;
  #timesMs = new Float64Array(FIRST_CAPACITY);
  #values = new Float64Array(FIRST_CAPACITY);
  #words = new Uint32Array(this.#values.buffer);
  #start = 0;
  #length = 0;
  #newestStaleMs = Number.NEGATIVE_INFINITY;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#values.length * SAMPLE_BYTES;
  }

  get full(): boolean {
    return this.#length === this.#values.length;
  }

  /** -Infinity before the first sample. */
  get newestMs(): number {
    return this.#length === 0 ? Number.NEGATIVE_INFINITY : this.#timesMs[this.#at(this.#length - 1)]!;
  }

  /** Where the ring is full the oldest sample goes. */
  push(timeMs: number, value: number): void {
    this.#values[this.#place(timeMs)] = value;
  }

  pushStale(timeMs: number): void {
    const at = this.#place(timeMs);
    this.#newestStaleMs = timeMs;
    this.#words[2 * at] = STALE_LOW;
    this.#words[2 * at + 1] = STALE_HIGH;
  }

  /** Forgets samples at or before the time. */
  forget(timeMs: number): void {
    const gone = this.#after(timeMs);
    this.#start = this.#at(gone);
    this.#length -= gone;
  }

  /** All is so much later than it was thought to be. */
  shift(ms: number): void {
    for (let i = 0; i < this.#timesMs.length; i++) this.#timesMs[i]! += ms;
    this.#newestStaleMs += ms;
  }

  grow(): void {
    const capacity = this.#values.length;
    const timesMs = new Float64Array(capacity * 2);
    const words = new Uint32Array(capacity * 4);
    for (let i = 0; i < this.#length; i++) {
      const at = this.#at(i);
      timesMs[i] = this.#timesMs[at]!;
      words[2 * i] = this.#words[2 * at]!;
      words[2 * i + 1] = this.#words[2 * at + 1]!;
    }
    this.#timesMs = timesMs;
    this.#words = words;
    this.#values = new Float64Array(words.buffer);
    this.#start = 0;
  }

  /** The newest value in (afterMs, atMs]; undefined where there is none or it is a staleness marker. */
  last(afterMs: number, atMs: number): number | undefined {
    const newest = this.#after(atMs) - 1;
    if (newest < 0) return undefined;
    const at = this.#at(newest);
    return this.#timesMs[at]! > afterMs && !this.#stale(at) ? this.#values[at]! : undefined;
  }

  /** Samples in (afterMs, atMs]. */
  window(afterMs: number, atMs: number, into: Points): void {
    into.length = 0;
    const from = this.#after(afterMs);
    const end = this.#after(atMs);
    if (this.#newestStaleMs <= afterMs) this.#copy(from, end, into);
    else
      for (let i = from; i < end; i++) {
        const at = this.#at(i);
        if (!this.#stale(at)) into.push(this.#timesMs[at]!, this.#values[at]!);
      }
  }

  /** All between two indices. */
  #copy(from: number, end: number, into: Points): void {
    into.reserve(end - from);
    const { timesMs, values } = into;
    for (let i = from; i < end; i++) {
      const at = this.#at(i);
      timesMs[i - from] = this.#timesMs[at]!;
      values[i - from] = this.#values[at]!;
    }
    into.length = Math.max(0, end - from);
  }

  /** How many samples are at or before the time. */
  #after(timeMs: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#timesMs[this.#at(middle)]! <= timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #place(timeMs: number): number {
    if (this.full) {
      this.#start = this.#at(1);
      this.#length--;
    }
    const at = this.#at(this.#length++);
    this.#timesMs[at] = timeMs;
    return at;
  }

  #at(index: number): number {
    return (this.#start + index) & (this.#values.length - 1);
  }

  #stale(at: number): boolean {
    return this.#words[2 * at] === STALE_LOW && this.#words[2 * at + 1] === STALE_HIGH;
  }
}
