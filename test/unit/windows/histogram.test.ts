import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  bucketHigh,
  bucketIndex,
  bucketLow,
  CLASSIC_BOUNDS_NS,
  cumulative,
  quantile,
  total,
  WAIT_BUCKETS,
} from '../../../src/windows/histogram.ts';

const STATED_ERROR = 0.016;

function counted(waitsNs: readonly number[]): Float64Array {
  const counts = new Float64Array(WAIT_BUCKETS);
  for (const ns of waitsNs) counts[bucketIndex(ns)]! += 1;
  return counts;
}

function exact(waitsNs: readonly number[], q: number): number {
  const sorted = Float64Array.from(waitsNs).sort();
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!;
}

/** The kernel's own formula, in 64-bit integers. */
function kernelIndex(waitNs: bigint): number {
  const ns = waitNs < 1024n ? 1024n : waitNs;
  const octave = BigInt(ns.toString(2).length - 1 - 10);
  const index = Number(octave * 32n + ((ns >> (octave + 5n)) & 31n));
  return Math.min(index, WAIT_BUCKETS - 1);
}

const anyWait = fc.integer({ min: 0, max: 2 ** 40 });
const inRange = { min: 1024, max: 2 ** 36 - 1 };
const uniform = fc.array(fc.integer(inRange), { minLength: 1, maxLength: 300 });
const logUniform = fc.array(
  fc.double({ min: 10, max: 35.99, noNaN: true }).map((e) => Math.floor(2 ** e)),
  { minLength: 1, maxLength: 300 },
);
const constant = fc.tuple(fc.integer(inRange), fc.integer({ min: 1, max: 200 })).map(([ns, n]) => Array(n).fill(ns));
const twoModes = fc
  .tuple(fc.integer({ min: 1024, max: 50_000 }), fc.integer({ min: 10 ** 6, max: 10 ** 9 }), fc.nat(99))
  .map(([fast, slow, share]) => Array.from({ length: 100 }, (_, i) => (i < share ? slow + i * 977 : fast + i * 3)));
const exponential = fc
  .array(fc.double({ min: 1e-9, max: 1, noNaN: true }), { minLength: 1, maxLength: 300 })
  .map((us) => us.map((u) => 1024 + Math.floor(-Math.log(u) * 1e6)));
const powersOfTwo = fc.array(
  fc.tuple(fc.integer({ min: 11, max: 35 }), fc.integer({ min: -1, max: 1 })).map(([e, d]) => 2 ** e + d),
  { minLength: 1, maxLength: 100 },
);

describe('wait histogram', () => {
  it('puts a wait where the kernel puts it', () => {
    fc.assert(fc.property(anyWait, (ns) => bucketIndex(ns) === kernelIndex(BigInt(ns))));
    for (let e = 0; e <= 40; e++) {
      for (const ns of [2 ** e - 1, 2 ** e, 2 ** e + 1])
        assert.equal(bucketIndex(ns), kernelIndex(BigInt(ns)), `${ns}`);
    }
  });

  it('has buckets that meet without a gap, from 1,024 ns to 2^36 ns', () => {
    assert.equal(WAIT_BUCKETS, 832);
    assert.equal(bucketLow(0), 1024);
    assert.equal(bucketHigh(WAIT_BUCKETS - 1), 2 ** 36);
    for (let i = 0; i < WAIT_BUCKETS; i++) {
      assert.equal(bucketIndex(bucketLow(i)), i);
      assert.equal(bucketIndex(bucketHigh(i) - 1), i);
      if (i > 0) assert.equal(bucketLow(i), bucketHigh(i - 1));
    }
  });

  for (const [name, waits] of Object.entries({ uniform, logUniform, constant, twoModes, exponential, powersOfTwo })) {
    it(`has quantiles within 1.6 % of a wait that occurred: ${name}`, () => {
      fc.assert(
        fc.property(waits, fc.double({ min: 0, max: 1, noNaN: true }), (ns, q) => {
          const truth = exact(ns, q);
          return Math.abs(quantile(counted(ns), q)! - truth) <= STATED_ERROR * truth;
        }),
      );
    });
  }

  it('says nothing of no waits, and something of one', () => {
    assert.equal(quantile(new Float64Array(WAIT_BUCKETS), 0.99), null);
    assert.ok(Math.abs(quantile(counted([1_000_000]), 0)! - 1_000_000) <= 16_000);
    assert.equal(quantile(counted([5]), 0.99)! < 1056, true);
    assert.equal(quantile(counted([2 ** 39]), 0.99)! < 2 ** 36, true);
  });
});

describe('classic histogram', () => {
  it('has the bounds 1-2-5 from 1 us to 50 s', () => {
    assert.deepEqual(CLASSIC_BOUNDS_NS.slice(0, 4), [1_000, 2_000, 5_000, 10_000]);
    assert.equal(CLASSIC_BOUNDS_NS.at(-1), 50e9);
  });

  it('rises with le, ends at the number of waits, and never goes back in time', () => {
    fc.assert(
      fc.property(fc.array(anyWait), fc.array(anyWait), (before, since) => {
        const first = cumulative(counted(before));
        const later = cumulative(counted([...before, ...since]));
        assert.equal(first.at(-1), before.length);
        for (let i = 0; i < later.length; i++) {
          assert.ok(Number.isInteger(first[i]) && later[i]! >= first[i]!);
          if (i > 0) assert.ok(later[i]! >= later[i - 1]!);
        }
      }),
    );
  });

  it('counts a wait under the right bound unless it lies within 1.6 % of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1056, max: 2 ** 36 - 1 }), (ns) => {
        const counts = cumulative(counted([ns]));
        CLASSIC_BOUNDS_NS.forEach((bound, i) => {
          if (Math.abs(ns - bound) > 0.016 * bound) assert.equal(counts[i], ns <= bound ? 1 : 0, `${ns} at ${bound}`);
        });
      }),
    );
  });

  it('totals', () => assert.equal(total(counted([1, 2, 3_000_000])), 3));
});
