import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OpenBlock, slowerThan } from '../../../src/drift/block.ts';
import { Blocks } from '../../../src/drift/blocks.ts';
import { edgeAt, latencyExceededBy } from '../../../src/drift/edge.ts';
import { lnGamma, upperTail } from '../../../src/drift/negative_binomial.ts';
import { upperShare } from '../../../src/drift/poisson.ts';
import { Recent } from '../../../src/drift/recent.ts';
import { Slices } from '../../../src/drift/slices.ts';
import { bucketHigh, bucketLow, WAIT_BUCKETS } from '../../../src/windows/histogram.ts';
import { poisson, seeded } from './load.ts';

const close = (a: number, b: number, relative: number) => Math.abs(a - b) <= relative * Math.max(Math.abs(b), 1e-300);

describe('negative binomial', () => {
  it('has a gamma function', () => {
    let factorial = 1;
    for (let n = 1; n < 100; n++) {
      assert.ok(Math.abs(lnGamma(n) - Math.log(factorial)) < 1e-8 * Math.max(1, Math.log(factorial)), `${n}`);
      factorial *= n;
    }
    assert.ok(close(lnGamma(0.5), Math.log(Math.sqrt(Math.PI)), 1e-9));
  });

  it('has the tails of a Poisson, a geometric and a binomial sum', () => {
    assert.ok(close(upperTail(3, 1, 0), 1 - Math.exp(-1) * (1 + 1 + 0.5), 1e-4));
    // With a dispersion of 1 it is geometric: P(X >= k) = (mean / (1 + mean))^k.
    for (const [count, mean] of [
      [5, 2],
      [30, 3],
      [200, 10],
    ] as const)
      assert.ok(close(upperTail(count, mean, 1), (mean / (1 + mean)) ** count, 1e-4));
    assert.equal(upperTail(3, 3, 0.1), 1);
    assert.equal(upperTail(3, 0, 0.1), 0);
  });

  it('falls with the count and rises with mean and dispersion', () => {
    const inputs = fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0.01, max: 3000, noNaN: true }));
    fc.assert(
      fc.property(inputs, fc.double({ min: 0, max: 2, noNaN: true }), ([count, mean], dispersion) => {
        const chance = upperTail(count, mean, dispersion);
        assert.ok(chance >= 0 && chance <= 1);
        assert.ok(upperTail(count + 1, mean, dispersion) <= chance * (1 + 1e-4));
        assert.ok(upperTail(count, mean * 1.1, dispersion) >= chance * (1 - 1e-4));
      }),
      { seed: 11, numRuns: 500 },
    );
  });

  it("knows how much of a Poisson's variance lies above its mean", () => {
    const random = seeded(4);
    for (const mean of [0.05, 0.5, 1.3, 4, 20]) {
      let [upper, all] = [0, 0];
      for (let i = 0; i < 40_000; i++) {
        const off = poisson(mean, random) - mean;
        all += off * off;
        if (off > 0) upper += off * off;
      }
      assert.ok(Math.abs(upper / all - upperShare(mean)) < 0.03, `${mean}: ${upper / all}, ${upperShare(mean)}`);
    }
  });
});

const counts = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 60 });
const lows = fc.integer({ min: 0, max: WAIT_BUCKETS - 60 });

describe('counts beyond a latency', () => {
  it('are whole buckets and a part of one, the same from seconds and from blocks', () => {
    fc.assert(
      fc.property(counts, lows, fc.double({ min: 1000, max: 2 ** 36, noNaN: true }), (values, low, ns) => {
        const tail = { low, values: Uint32Array.from(values) };
        const slices = new Slices([edgeAt(ns), edgeAt(ns * 1.2)]);
        slices.count(tail);
        const open = new OpenBlock();
        open.add(20 * tail.values.reduce((a, b) => a + b, 0) + 1, tail, 10);
        const block = open.close(1, WAIT_BUCKETS);
        const expected = values.reduce((sum, value, i) => {
          const [from, to] = [bucketLow(low + i), bucketHigh(low + i)];
          return sum + value * Math.min(1, Math.max(0, (to - Math.max(ns, 1024)) / (to - from)));
        }, 0);
        assert.ok(Math.abs(slices.beyond[0]! - expected) < 1e-6);
        assert.ok(Math.abs(slowerThan(block, edgeAt(ns)) - expected) < 1e-6);
        assert.ok(slices.beyond[1]! <= slices.beyond[0]!);
      }),
      { seed: 5 },
    );
  });

  it('give the latency back that so many exceed', () => {
    fc.assert(
      fc.property(counts, lows, fc.double({ min: 0.001, max: 0.9, noNaN: true }), (values, low, share) => {
        const all = new Float64Array(WAIT_BUCKETS);
        all.set(values, low);
        const requests = values.reduce((a, b) => a + b, 0);
        const ns = latencyExceededBy(share, requests, all);
        if (requests === 0) return ns === null;
        const slices = new Slices([edgeAt(ns!)]);
        slices.count({ low: 0, values: all });
        return Math.abs(slices.beyond[0]! - share * requests) < 1e-6 * requests + 1e-9;
      }),
      { seed: 6 },
    );
  });

  it('beyond the last bucket are none', () => {
    const slices = new Slices([edgeAt(2 ** 36), edgeAt(2 ** 40)]);
    slices.count({ low: WAIT_BUCKETS - 1, values: Uint32Array.of(9) });
    assert.deepEqual([...slices.beyond], [0, 0]);
  });
});

describe('blocks', () => {
  it('keep the slowest twentieth, and down to a bucket that is asked for', () => {
    const open = new OpenBlock();
    open.add(100, { low: 100, values: Uint32Array.from([50, 20, 20, 5, 4, 1]) }, 10);
    assert.deepEqual(
      { ...open.look(1, WAIT_BUCKETS), above: [] },
      { endNs: 1, seconds: 10, requests: 100, low: 104, above: [] },
    );
    assert.deepEqual([...open.look(1, WAIT_BUCKETS).above], [5, 1]);
    assert.deepEqual([...open.close(1, 101).above], [50, 30, 10, 5, 1]);
    assert.equal(open.close(1, 101).requests, 0);
  });

  it('sum to what is in them, however they come and go', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('push', 'shift', 'pop'), counts, lows), { maxLength: 60 }),
        (moves) => {
          const blocks = new Blocks();
          for (const [move, values, low] of moves) {
            const open = new OpenBlock();
            open.add(100 * 50 * 60, { low, values: Uint32Array.from(values) }, 3);
            if (move === 'push') blocks.push(open.close(1, WAIT_BUCKETS));
            else blocks[move as 'shift' | 'pop']();
          }
          const all = blocks.list.reduce((sum, { above }) => sum + (above[0] ?? 0), 0);
          assert.equal(blocks.seconds, 3 * blocks.list.length);
          assert.equal(
            blocks.counts.reduce((a, b) => a + b, 0),
            all,
          );
          assert.ok(blocks.counts.every((count) => count >= 0));
        },
      ),
      { seed: 8 },
    );
  });
});

describe('recent seconds', () => {
  it('sum over any window, and forget', () => {
    const recent = new Recent(100);
    const kept: number[] = [];
    const random = seeded(2);
    for (let i = 0; i < 1000; i++) {
      const requests = Math.floor(random() * 100);
      kept.push(requests);
      recent.push(requests, 0, 0, 0, 0, new Float64Array(3));
      const from = 1 + Math.floor(random() * recent.span);
      const to = Math.floor(random() * from);
      const expected = kept.slice(kept.length - from, kept.length - to).reduce((a, b) => a + b, 0);
      assert.equal(recent.sum(0, from, to), expected);
    }
    assert.ok(recent.span >= 100);
    recent.forget(7);
    assert.equal(recent.span, 7);
    recent.forget();
    assert.equal(recent.span, 0);
  });
});
