import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PoolStripe } from '../../../src/decode/layout.gen.ts';
import { WAIT_BUCKETS, WaitCounts } from '../../../src/decode/wait_counts.ts';

const [POOLS, STRIPES] = [3, 2];

function kernelCounts(): { bytes: ArrayBuffer; of: (pool: number, stripe: number) => Uint32Array } {
  const bytes = new ArrayBuffer(POOLS * STRIPES * PoolStripe.size);
  const of = (pool: number, stripe: number) =>
    new Uint32Array(bytes, (pool * STRIPES + stripe) * PoolStripe.size + PoolStripe.waits, WAIT_BUCKETS);
  return { bytes, of };
}

const total = (counts: Float64Array) => counts.reduce((sum, count) => sum + count, 0);

describe('wait counts', () => {
  it('sum over the stripes of one pool', () => {
    const { bytes, of } = kernelCounts();
    const waits = new WaitCounts(bytes, 1, STRIPES);
    of(1, 0)[0] = 3;
    of(1, 1)[0] = 4;
    of(1, 1)[WAIT_BUCKETS - 1] = 5;
    of(0, 1).fill(99);
    of(2, 0).fill(99);
    const counts = waits.update();
    assert.deepEqual([counts[0], counts[WAIT_BUCKETS - 1], total(counts)], [7, 5, 12]);
  });

  it('begin at nothing, whatever an earlier pool has left', () => {
    const { bytes, of } = kernelCounts();
    of(1, 0).fill(1000);
    new WaitCounts(bytes, 1, STRIPES).clear();
    const waits = new WaitCounts(bytes, 1, STRIPES);
    of(1, 0)[10]!++;
    assert.equal(total(waits.update()), 1);
  });

  it('hold what was counted before the first look', () => {
    const { bytes, of } = kernelCounts();
    of(1, 0)[10] = 7;
    assert.equal(total(new WaitCounts(bytes, 1, STRIPES).update()), 7);
  });

  it('are counted once', () => {
    const { bytes, of } = kernelCounts();
    const waits = new WaitCounts(bytes, 0, STRIPES);
    of(0, 0)[10] = 6;
    waits.update();
    assert.equal(total(waits.update()), 6);
  });

  it("do not wrap with the kernel's 32 bits", () => {
    const { bytes, of } = kernelCounts();
    const waits = new WaitCounts(bytes, 0, STRIPES);
    for (let i = 0; i < 3; i++) {
      of(0, 1)[7]! += 0xf000_0000; // wraps as the kernel's does
      waits.update();
    }
    assert.equal(waits.counts[7], 3 * 0xf000_0000);
  });

  it('any growth between any reads', () => {
    const growth = fc.record({ stripe: fc.nat(1), bucket: fc.nat(WAIT_BUCKETS - 1), by: fc.nat(0xffff_ffff) });
    fc.assert(
      fc.property(fc.array(growth), fc.nat(0xffff_ffff), (steps, first) => {
        const { bytes, of } = kernelCounts();
        const waits = new WaitCounts(bytes, 2, STRIPES);
        for (const stripe of [0, 1]) of(2, stripe).fill(first);
        const expected = new Float64Array(WAIT_BUCKETS).fill(2 * first);
        waits.update();
        for (const { stripe, bucket, by } of steps) {
          of(2, stripe)[bucket]! += by;
          expected[bucket]! += by;
          assert.deepEqual(waits.update(), expected);
        }
      }),
    );
  });
});
