import { FIELDS, type Field, type LiveCourse, type LivePool, pointOf, type Value } from '../../outputs/live.ts';
import type { WaitLevels } from '../../windows/wait_levels.ts';

const HOUR_MS = 3_600_000;

export type Fields = Record<Field, Value[]>;

/** The last hour of one pool: what the daemon kept, and what came since. */
export class Course {
  readonly pool: string;
  readonly stepMs: number;
  atMs: number[];
  fields: Fields;
  waits: (WaitLevels | null)[];

  constructor({ pool, stepMs, atMs, fields, waits }: LiveCourse) {
    this.pool = pool;
    this.stepMs = stepMs;
    this.atMs = atMs;
    this.waits = waits;
    this.fields = Object.fromEntries(
      FIELDS.map((field) => [field, fields[field] ?? atMs.map((): Value => null)]),
    ) as Fields;
  }

  /** What a page knows from before the daemon was started again stays, with a gap behind it. */
  after(earlier: Course | null): Course {
    if (earlier === null || earlier.pool !== this.pool) return this;
    const first = this.atMs[0] ?? Number.POSITIVE_INFINITY;
    const kept = earlier.atMs.filter((ms) => ms < first - this.stepMs / 2).length;
    if (kept === 0) return this;
    const gapMs = earlier.atMs[kept - 1]! + this.stepMs / 2;
    this.atMs = [...earlier.atMs.slice(0, kept), gapMs, ...this.atMs];
    this.waits = [...earlier.waits.slice(0, kept), null, ...this.waits];
    for (const field of FIELDS)
      this.fields[field] = [...earlier.fields[field].slice(0, kept), null, ...this.fields[field]];
    return this;
  }

  /** The daemon's history has taken this point. False: it is no later than the last one. */
  add(pool: LivePool, atMs: number): boolean {
    if (atMs <= (this.atMs.at(-1) ?? 0)) return false;
    this.atMs.push(atMs);
    this.waits.push(pool.waits);
    pointOf(pool).forEach((value, i) => {
      this.fields[FIELDS[i]!].push(value);
    });
    this.#sinceOnset(pool.requests?.since ?? null);
    const old = this.atMs.findIndex((ms) => ms >= atMs - HOUR_MS);
    this.atMs.splice(0, old);
    this.waits.splice(0, old);
    for (const field of FIELDS) this.fields[field].splice(0, old);
    return true;
  }

  #sinceOnset(since: string | null): void {
    const { episode } = this.fields;
    const onsetMs = since === null ? Number.POSITIVE_INFINITY : Date.parse(since);
    for (let i = episode.length - 2; i >= 0 && this.atMs[i]! >= onsetMs; i--) episode[i] = episode.at(-1)!;
  }

  /** Values of a field, with the one of this very moment behind. */
  values(field: Field, now: readonly Value[] | null): Value[] {
    return now === null ? this.fields[field] : [...this.fields[field], now[FIELDS.indexOf(field)]!];
  }
}

export type EpisodeSpan = { fromMs: number; untilMs: number; code: number };

/** Runs of the same episode code. */
export function episodeSpans(atMs: readonly number[], codes: readonly Value[]): EpisodeSpan[] {
  const spans: EpisodeSpan[] = [];
  codes.forEach((code, i) => {
    if (!code) return;
    const last = spans.at(-1);
    if (last !== undefined && codes[i - 1] === code) last.untilMs = atMs[i]!;
    else spans.push({ fromMs: atMs[i]!, untilMs: atMs[i]!, code });
  });
  return spans;
}
