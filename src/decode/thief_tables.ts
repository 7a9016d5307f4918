import { PoolStripe, ThiefEntry, ThiefKey, ThiefTable } from './layout.gen.ts';
import type { Thief } from './sample.ts';
import { liveU64At } from './words.ts';

const TABLE_WORDS = ThiefTable.size >> 2;
const ENTRY_WORDS = ThiefEntry.size >> 2;

/** Keys beside those the kernel side writes. */
export const OTHER_KEY = -1;
export const UNKNOWN_KEY = 0;

/** The thief tables of the kernel side's pool stripes: pool * stripes + stripe, two epochs each. */
export class ThiefTables {
  readonly #words: Int32Array;
  readonly #stripes: number;

  constructor(bytes: ArrayBuffer, stripes: number) {
    this.#words = new Int32Array(bytes);
    this.#stripes = stripes;
  }

  /** Adds what one pool's tables of one epoch hold to `sums`, by raw key. */
  addTo(sums: Map<number, number>, pool: number, epoch: number): void {
    for (let stripe = 0; stripe < this.#stripes; stripe++) {
      const at = this.#table(pool, stripe, epoch);
      for (let i = 0; i < ThiefTable.entry_count; i++) {
        const entry = at + i * ENTRY_WORDS;
        const key = this.#words[entry]!;
        if (key !== 0) add(sums, key >>> 0, liveU64At(this.#words, entry + (ThiefEntry.stolen_ns >> 2)));
      }
      add(sums, OTHER_KEY, liveU64At(this.#words, at + (ThiefTable.other_ns >> 2)));
      add(sums, UNKNOWN_KEY, liveU64At(this.#words, at + (ThiefTable.unknown_ns >> 2)));
    }
  }

  /** Only for an epoch that nobody writes. */
  clear(pool: number, epoch: number): void {
    for (let stripe = 0; stripe < this.#stripes; stripe++) {
      const at = this.#table(pool, stripe, epoch);
      this.#words.fill(0, at, at + TABLE_WORDS);
    }
  }

  #table(pool: number, stripe: number, epoch: number): number {
    return (((pool * this.#stripes + stripe) * PoolStripe.size + PoolStripe.thieves) >> 2) + epoch * TABLE_WORDS;
  }
}

function add(sums: Map<number, number>, key: number, ns: number): void {
  if (ns > 0) sums.set(key, (sums.get(key) ?? 0) + ns);
}

/** Who a raw key stands for, as seen from `pool`. */
export function decodeThief(key: number, pool: number): Thief {
  if (key === OTHER_KEY) return { kind: 'other' };
  if (key === UNKNOWN_KEY) return { kind: 'unknown' };
  if ((key & ThiefKey.KTHREAD) !== 0) return { kind: 'kernel' };
  const tgid = key & ThiefKey.TGID_MASK;
  if (tgid === 0) return { kind: 'idle' };
  const owner = (key >>> ThiefKey.POOL_SHIFT) & ThiefKey.POOL_MASK;
  return owner === pool + 1 ? { kind: 'self' } : { kind: 'process', tgid };
}
