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

export const STEP_MS = 4000;
/** An hour. */
const POINTS = 900;
/** Steps in one of the coarse ones. */
const COARSE = 5;
const POOL_BYTES = POINTS * FIELDS.length * Float32Array.BYTES_PER_ELEMENT;
/** 202 pools; one that finds no room has no history until another one goes. */
const BYTES_MAX = 16 * 2 ** 20;
const POOLS_MAX = Math.floor(BYTES_MAX / POOL_BYTES);

const EPISODE = FIELDS.indexOf('episode');
const P99 = FIELDS.indexOf('p99Seconds');
const BASELINE = FIELDS.indexOf('baselineP99Seconds');

/** A moment by both clocks: points keep the monotonic one, so a wall clock that is set moves them all. Milliseconds. */
export type Now = { monotonicMs: number; wallMs: number };

/** The last hour of all pools, in steps: rings that share their times, 83 KB a pool, 16 MiB in all. Pure. */
export class History {
  readonly #timesMs = new Float64Array(POINTS);
  /** By pool, a ring a field; NaN: not known. */
  readonly #rings = new Map<string, Float32Array>();
  #steps = 0;

  /** One more step. Pools that are not in it are forgotten. */
  add(pools: readonly LivePool[], now: Now): void {
    const at = this.#steps++ % POINTS;
    this.#timesMs[at] = now.monotonicMs;
    const names = new Set(pools.map(({ pool }) => pool));
    for (const name of this.#rings.keys()) if (!names.has(name)) this.#rings.delete(name);
    for (const pool of pools) this.#put(pool, at, now);
  }

  #put(pool: LivePool, at: number, now: Now): void {
    const ring = this.#ring(pool.pool);
    if (ring === null) return;
    pointOf(pool).forEach((value, field) => {
      ring[field * POINTS + at] = value ?? Number.NaN;
    });
    const { since = null } = pool.requests ?? {};
    if (since !== null) this.#sinceOnset(ring, at, Date.parse(since) - now.wallMs + now.monotonicMs);
  }

  #ring(name: string): Float32Array | null {
    const known = this.#rings.get(name);
    if (known !== undefined) return known;
    if (this.#rings.size >= POOLS_MAX) return null;
    const ring = new Float32Array(POINTS * FIELDS.length).fill(Number.NaN);
    this.#rings.set(name, ring);
    return ring;
  }

  /** An episode is found after its onset, and its cause later still: both hold from the onset on. */
  #sinceOnset(ring: Float32Array, at: number, onsetMs: number): void {
    const code = ring[EPISODE * POINTS + at]!;
    for (let back = 1; back < this.#length; back++) {
      const before = (at - back + POINTS) % POINTS;
      if (this.#timesMs[before]! < onsetMs || ring[EPISODE * POINTS + before] === code) return;
      ring[EPISODE * POINTS + before] = code;
    }
  }

  get #length(): number {
    return Math.min(this.#steps, POINTS);
  }

  /** Places of the ring, the oldest first. */
  #places(): number[] {
    const oldest = this.#steps - this.#length;
    return Array.from({ length: this.#length }, (_, i) => (oldest + i) % POINTS);
  }

  /** Null: of such a pool nothing is kept. */
  course(pool: string, now: Now): LiveCourse | null {
    const ring = this.#rings.get(pool);
    if (ring === undefined) return null;
    const places = this.#places();
    const fields: Partial<Record<Field, Value[]>> = {};
    FIELDS.forEach((field, i) => {
      const values = places.map((place) => short(ring[i * POINTS + place]!));
      if (values.some((value) => value !== null)) fields[field] = values;
    });
    return { pool, stepMs: STEP_MS, atMs: places.map((place) => wallOf(this.#timesMs[place]!, now)), fields };
  }

  coarse(now: Now): LiveHistory {
    const places = this.#places();
    const oldest = this.#steps - places.length;
    const groups = Map.groupBy(places, (_, i) => Math.floor((oldest + i) / COARSE));
    const rows = [...groups.values()];
    return {
      stepMs: STEP_MS * COARSE,
      atMs: rows.map((row) => wallOf(this.#timesMs[row[0]!]!, now)),
      pools: Object.fromEntries([...this.#rings].map(([name, ring]) => [name, spark(ring, rows)])),
    };
  }
}

function spark(ring: Float32Array, rows: readonly number[][]): LiveSpark {
  const worst = (field: number) => (row: number[]) => {
    const known = row.map((place) => ring[field * POINTS + place]!).filter((value) => !Number.isNaN(value));
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
