import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PoolStripe, ThiefEntry, ThiefKey, ThiefTable } from '../../../src/decode/layout.gen.ts';
import { decodeThief, OTHER_KEY, ThiefTables, UNKNOWN_KEY } from '../../../src/decode/thief_tables.ts';

const [POOLS, STRIPES] = [3, 2];

/** As bpf/include/thieves.h makes one. */
function keyOf(tgid: number, pool: number | null = null): number {
  return (ThiefKey.SET | ((pool === null ? 0 : pool + 1) << ThiefKey.POOL_SHIFT) | tgid) >>> 0;
}

type Place = { pool: number; stripe: number; epoch: number };

class Memory {
  readonly bytes = new ArrayBuffer(POOLS * STRIPES * PoolStripe.size);
  readonly #view = new DataView(this.bytes);

  #table({ pool, stripe, epoch }: Place): number {
    return (pool * STRIPES + stripe) * PoolStripe.size + PoolStripe.thieves + epoch * ThiefTable.size;
  }

  entry(place: Place, index: number, key: number, ns: number): void {
    const at = this.#table(place) + ThiefTable.entry + index * ThiefEntry.size;
    this.#view.setUint32(at + ThiefEntry.key, key, true);
    this.#view.setBigUint64(at + ThiefEntry.stolen_ns, BigInt(ns), true);
  }

  rest(place: Place, field: 'other_ns' | 'unknown_ns', ns: number): void {
    this.#view.setBigUint64(this.#table(place) + ThiefTable[field], BigInt(ns), true);
  }

  wait(pool: number, stripe: number, bucket: number, count: number): void {
    this.#view.setUint32((pool * STRIPES + stripe) * PoolStripe.size + PoolStripe.waits + bucket * 4, count, true);
  }
}

function sums(memory: Memory, pool: number, epoch: number): Map<number, number> {
  const found = new Map<number, number>();
  new ThiefTables(memory.bytes, STRIPES).addTo(found, pool, epoch);
  return found;
}

describe('thief tables', () => {
  const HERE = { pool: 1, stripe: 0, epoch: 1 };

  it('sum over stripes, by key, with what has no key', () => {
    const memory = new Memory();
    memory.entry(HERE, 0, keyOf(42), 5_000_000_000);
    memory.entry({ ...HERE, stripe: 1 }, ThiefTable.entry_count - 1, keyOf(42), 7);
    memory.entry({ ...HERE, stripe: 1 }, 3, keyOf(0), 11);
    memory.rest(HERE, 'other_ns', 13);
    memory.rest({ ...HERE, stripe: 1 }, 'unknown_ns', 2 ** 40);
    const expected = [
      [keyOf(42), 5_000_000_007],
      [keyOf(0), 11],
      [OTHER_KEY, 13],
      [UNKNOWN_KEY, 2 ** 40],
    ] as const;
    assert.deepEqual(sums(memory, 1, 1), new Map(expected));
  });

  it('of another pool, another epoch, or the waits beside them: nothing', () => {
    const memory = new Memory();
    memory.entry({ ...HERE, pool: 0 }, 63, keyOf(42), 1);
    memory.entry({ ...HERE, pool: 2 }, 0, keyOf(42), 1);
    memory.rest({ ...HERE, epoch: 0 }, 'unknown_ns', 1);
    for (const stripe of [0, 1]) memory.wait(1, stripe, PoolStripe.waits_count - 1, 0xffffffff);
    assert.deepEqual(sums(memory, 1, 1), new Map());
  });

  it('add to sums that are there', () => {
    const memory = new Memory();
    memory.entry(HERE, 5, keyOf(42), 10);
    const found = new Map([[keyOf(42), 90]]);
    new ThiefTables(memory.bytes, STRIPES).addTo(found, 1, 1);
    assert.deepEqual(found, new Map([[keyOf(42), 100]]));
  });

  it('clear one epoch of one pool', () => {
    const memory = new Memory();
    const places = [0, 1, 2].flatMap((pool) =>
      [0, 1].flatMap((stripe) => [0, 1].map((epoch) => ({ pool, stripe, epoch }))),
    );
    for (const place of places) {
      for (let i = 0; i < ThiefTable.entry_count; i++) memory.entry(place, i, keyOf(i + 1), 1);
      memory.rest(place, 'other_ns', 1);
      memory.rest(place, 'unknown_ns', 1);
      memory.wait(place.pool, place.stripe, PoolStripe.waits_count - 1, 77);
    }
    new ThiefTables(memory.bytes, STRIPES).clear(1, 0);
    const left = places.filter(({ pool, epoch }) => sums(memory, pool, epoch).size > 0);
    assert.deepEqual(
      left,
      places.filter(({ pool, epoch }) => pool !== 1 || epoch !== 0),
    );
    const waits = new Uint32Array(memory.bytes, STRIPES * PoolStripe.size + PoolStripe.waits, PoolStripe.waits_count);
    assert.equal(waits.at(-1), 77);
  });
});

describe('a thief', () => {
  const KTHREAD = (ThiefKey.SET | ThiefKey.KTHREAD) >>> 0;
  const cases: [string, number, ReturnType<typeof decodeThief>][] = [
    ['over the table', OTHER_KEY, { kind: 'other' }],
    ['beyond the ring of runs', UNKNOWN_KEY, { kind: 'unknown' }],
    ['the idle task', keyOf(0), { kind: 'idle' }],
    ['a kernel thread', KTHREAD | 17, { kind: 'kernel' }],
    ['a stranger', keyOf(4242), { kind: 'process', tgid: 4242 }],
    ['one of the pool', keyOf(4242, 7), { kind: 'self' }],
    ['one of another pool', keyOf(4242, 6), { kind: 'process', tgid: 4242 }],
    ['the last pool and the largest tgid', keyOf(ThiefKey.TGID_MASK, 254), { kind: 'process', tgid: 0x3fffff }],
  ];
  for (const [what, key, thief] of cases) it(what, () => assert.deepEqual(decodeThief(key, 7), thief));

  it('any process, of any pool: itself to its own, a process to others', () => {
    const index = fc.nat(254);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: ThiefKey.TGID_MASK }), index, index, (tgid, owner, pool) => {
        const expected = owner === pool ? { kind: 'self' } : { kind: 'process', tgid };
        assert.deepEqual(decodeThief(keyOf(tgid, owner), pool), expected);
      }),
    );
  });
});
