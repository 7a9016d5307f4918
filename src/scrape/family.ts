import { ScrapeFault } from './fault.ts';

/** One label set of a classic histogram: bounds in the order sent, cumulative counts, NaN where no sum was sent. */
export type RawSeries = { bounds: number[]; counts: number[]; sum: number };

/** Label sets of a histogram that are kept: a busy web server has some hundred. */
export const SERIES_MAX = 5000;

/** What a target sent of one metric: of all its label sets, or of those with one label, as `name{label="value"}`. */
export class Family {
  /** As it was asked for. */
  readonly key: string;
  readonly name: string;
  readonly #label: string;
  /** Of its TYPE line. */
  type: string | null = null;
  /** Sum over all label sets; null where there is none. */
  value: number | null = null;
  /** By all labels but `le`. */
  readonly series = new Map<string, RawSeries>();
  /** There were more than SERIES_MAX. */
  overfull = false;

  constructor(key: string) {
    const [name = '', label = ''] = key.replace(/}$/, '').split('{');
    this.key = key;
    this.name = name;
    this.#label = label;
  }

  get absent(): boolean {
    return this.type === null && this.value === null && this.series.size === 0;
  }

  /** Takes a sample; one of another name that only begins alike is left out. */
  add(sampleName: string, labels: string, value: number): void {
    if (!labels.includes(this.#label)) return;
    const suffix = sampleName.slice(this.name.length);
    if (suffix === '') this.value = (this.value ?? 0) + value;
    else if (suffix === '_bucket') this.#addBucket(labels, value);
    else if (suffix === '_sum') this.#addSum(labels, value);
  }

  #addBucket(labels: string, count: number): void {
    const { le, rest } = splitLabels(labels);
    const series = this.#seriesOf(rest);
    series?.bounds.push(le === null ? Number.NaN : numberOf(le));
    series?.counts.push(count);
  }

  #addSum(labels: string, sum: number): void {
    const series = this.#seriesOf(splitLabels(labels).rest);
    if (series) series.sum = sum;
  }

  #seriesOf(key: string): RawSeries | undefined {
    const known = this.series.get(key);
    if (known !== undefined) return known;
    this.overfull ||= this.series.size === SERIES_MAX;
    if (this.overfull) return undefined;
    const series = { bounds: [], counts: [], sum: Number.NaN };
    this.series.set(key, series);
    return series;
  }
}

const LABEL = /([a-zA-Z_]\w*|"(?:[^"\\]|\\.)*")[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"/g;

function splitLabels(labels: string): { le: string | null; rest: string } {
  let le: string | null = null;
  const rest: string[] = [];
  for (const [all, name, value] of labels.matchAll(LABEL)) {
    if (name === 'le') le = value!;
    else rest.push(all);
  }
  return { le, rest: rest.join(',') };
}

/** A number in Go's notation; NaN also for what is none. */
export function numberOf(text: string): number {
  const infinite = /^([-+]?)inf(inity)?$/i.exec(text);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return text === '' ? Number.NaN : Number(text);
}

/** A gauge, summed over its label sets. @throws ScrapeFault */
export function gaugeOf({ name, type, value, series }: Family): number {
  if (type !== null && !['gauge', 'untyped', 'unknown'].includes(type))
    throw new ScrapeFault(`${name} is a ${type}, not a gauge`);
  if (value === null) throw new ScrapeFault(series.size > 0 ? `${name} is no gauge` : `no metric ${name}`);
  return value;
}
