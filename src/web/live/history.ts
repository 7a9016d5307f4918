import {
  FIELDS,
  type Field,
  type LiveCourse,
  type LiveHistory,
  type LivePool,
  type LiveSpark,
  pointOf,
  type Value,
} from '../../outputs/live.ts';
import { WAIT_LENGTHS, type WaitLevels } from '../../windows/wait_levels.ts';

const HOUR_MS = 3_600_000;
/** Steps in one of the coarse ones. */
const COARSE = 5;
/** 17 MB at steps of 5 s; a pool that finds no room has no history until another one goes. */
const POOLS_MAX = 200;

const EPISODE = FIELDS.indexOf('episode');
const P99 = FIELDS.indexOf('p99Seconds');
const BASELINE = FIELDS.indexOf('baselineP99Seconds');

/** A moment by both clocks: points keep the monotonic one, so a wall clock that is set moves them all. Milliseconds. */
export type Now = { monotonicMs: number; wallMs: number };

/**
 * Of one pool, rings: of each field (NaN: not known), and each step's levels of waits behind their number (0: not known,
 * else one more than it).
 */
type Kept = { fields: Float32Array; waits: Uint8Array };
const WAITS = 1 + WAIT_LENGTHS;

/** The last hour of all pools, in steps: rings that share their times, 85 KB a pool at steps of 5 s. Pure. */
export class History {
  readonly stepMs: number;
  readonly #points: number;
  readonly #timesMs: Float64Array;
  readonly #rings = new Map<string, Kept>();
  #steps = 0;

  constructor(stepMs: number) {
    this.stepMs = stepMs;
    this.#points = Math.ceil(HOUR_MS / stepMs);
    this.#timesMs = new Float64Array(this.#points);
  }

  /** One more step. Pools that are not in it are forgotten. */
  add(pools: readonly LivePool[], now: Now): void {
    const at = this.#steps++ % this.#points;
    this.#timesMs[at] = now.monotonicMs;
    const names = new Set(pools.map(({ pool }) => pool));
    for (const name of this.#rings.keys()) if (!names.has(name)) this.#rings.delete(name);
    for (const pool of pools) this.#put(pool, at, now);
  }

  #put(pool: LivePool, at: number, now: Now): void {
    const kept = this.#ring(pool.pool);
    if (kept === null) return;
    const { fields: ring, waits } = kept;
    waits[at * WAITS] = pool.waits === null ? 0 : 1 + pool.waits.length;
    waits.set(pool.waits ?? [], at * WAITS + 1);
    pointOf(pool).forEach((value, field) => {
      ring[field * this.#points + at] = value ?? Number.NaN;
    });
    const { since = null } = pool.requests ?? {};
    if (since !== null) this.#sinceOnset(ring, at, Date.parse(since) - now.wallMs + now.monotonicMs);
  }

  #ring(name: string): Kept | null {
    const known = this.#rings.get(name);
    if (known !== undefined) return known;
    if (this.#rings.size >= POOLS_MAX) return null;
    const fields = new Float32Array(this.#points * FIELDS.length).fill(Number.NaN);
    const kept = { fields, waits: new Uint8Array(this.#points * WAITS) };
    this.#rings.set(name, kept);
    return kept;
  }

  /** An episode is found after its onset, and its cause later still: both hold from the onset on. */
  #sinceOnset(ring: Float32Array, at: number, onsetMs: number): void {
    const code = ring[EPISODE * this.#points + at]!;
    for (let back = 1; back < this.#length; back++) {
      const before = (at - back + this.#points) % this.#points;
      if (this.#timesMs[before]! < onsetMs || ring[EPISODE * this.#points + before] === code) return;
      ring[EPISODE * this.#points + before] = code;
    }
  }

  get #length(): number {
    return Math.min(this.#steps, this.#points);
  }

  /** Places of the ring, the oldest first. */
  #places(): number[] {
    const oldest = this.#steps - this.#length;
    return Array.from({ length: this.#length }, (_, i) => (oldest + i) % this.#points);
  }

  /** Null: of such a pool nothing is kept. */
  course(pool: string, now: Now): LiveCourse | null {
    const kept = this.#rings.get(pool);
    if (kept === undefined) return null;
    const places = this.#places();
    const fields: Partial<Record<Field, Value[]>> = {};
    FIELDS.forEach((field, i) => {
      const values = places.map((place) => short(kept.fields[i * this.#points + place]!));
      if (values.some((value) => value !== null)) fields[field] = values;
    });
    const atMs = places.map((place) => wallOf(this.#timesMs[place]!, now));
    return { pool, stepMs: this.stepMs, atMs, fields, waits: places.map((place) => waitsAt(kept.waits, place)) };
  }

  coarse(now: Now): LiveHistory {
    const places = this.#places();
    const oldest = this.#steps - places.length;
    const groups = Map.groupBy(places, (_, i) => Math.floor((oldest + i) / COARSE));
    const rows = [...groups.values()];
    return {
      stepMs: this.stepMs * COARSE,
      atMs: rows.map((row) => wallOf(this.#timesMs[row[0]!]!, now)),
      pools: Object.fromEntries(
        [...this.#rings].map(([name, { fields }]) => [name, spark(fields, rows, this.#points)]),
      ),
    };
  }
}

function waitsAt(waits: Uint8Array, place: number): WaitLevels | null {
  const [from, length] = [place * WAITS + 1, waits[place * WAITS]! - 1];
  return length < 0 ? null : [...waits.subarray(from, from + length)];
}

function spark(ring: Float32Array, rows: readonly number[][], points: number): LiveSpark {
  const worst = (field: number) => (row: number[]) => {
    const known = row.map((place) => ring[field * points + place]!).filter((value) => !Number.isNaN(value));
    return known.length === 0 ? null : short(Math.max(...known));
  };
  return {
    p99Seconds: rows.map(worst(P99)),
    baselineSeconds: rows.map(worst(BASELINE)),
    drifting: rows.map((row) => (worst(EPISODE)(row) ?? 0) > 0),
  };
}

function wallOf(monotonicMs: number, now: Now): number {
  return Math.round(now.wallMs - now.monotonicMs + monotonicMs);
}

/** Four figures: what a screen shows, in a third of the bytes. */
function short(value: number): Value {
  return Number.isNaN(value) ? null : Number(value.toPrecision(4));
}
