import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Growth } from '../../../src/scrape/types.ts';
import { bucketIndex, quantile, total, WAIT_BUCKETS } from '../../../src/windows/histogram.ts';
import { type ScrapedSecond, scrapedSeconds } from '../../../src/windows/scraped_seconds.ts';

const INF = Number.POSITIVE_INFINITY;
/** client_golang's defaults, which most programs have. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, INF];

function growth(counts: readonly number[], seconds = 15, boundsSeconds = BOUNDS): Growth {
  return { fromNs: 100e9, atNs: (100 + seconds) * 1e9, boundsSeconds, counts: Float64Array.from(counts) };
}

function counts(index: number, count: number): number[] {
  return BOUNDS.map((_, i) => (i === index ? count : 0));
}

/** All seconds together, by bucket. */
function summed(seconds: readonly ScrapedSecond[]): Float64Array {
  const all = new Float64Array(WAIT_BUCKETS);
  for (const { tail } of seconds) for (const [i, count] of tail.values.entries()) all[tail.low + i]! += count;
  return all;
}

describe('seconds of a scraped histogram', () => {
  it('one for each second between the scrapes, the last at the second scrape', () => {
    const seconds = scrapedSeconds(growth(counts(3, 1500)));
    assert.deepEqual(
      seconds.map(({ atNs }) => atNs / 1e9),
      Array.from({ length: 15 }, (_, i) => 101 + i),
    );
    assert.deepEqual(new Set(seconds.map(({ requests }) => requests)), new Set([100]));
  });

  it('a scrape that comes a little late makes seconds a little longer; a quick one is one second', () => {
    const late = scrapedSeconds(growth(counts(3, 10), 15.2));
    assert.deepEqual([late.length, late.at(-1)!.atNs], [15, 115.2e9]);
    assert.equal(scrapedSeconds(growth(counts(3, 10), 0.3)).length, 1);
  });

  it('no request is lost or counted twice, in no second and in no bucket of the program', () => {
    const bounds = fc.uniqueArray(fc.integer({ min: 1, max: 1e7 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        bounds,
        fc.array(fc.nat(100_000), { minLength: 13, maxLength: 13 }),
        fc.integer({ min: 1, max: 60 }),
        (micros, all, span) => {
          const boundsSeconds = [...micros.toSorted((a, b) => a - b).map((us) => us / 1e6), INF];
          const sent = all.slice(0, boundsSeconds.length);
          const seconds = scrapedSeconds(growth(sent, span, boundsSeconds));
          assert.equal(seconds.length, span);
          assert.equal(total(summed(seconds)), total(sent));
          const each = seconds.map(({ requests, tail }) => {
            assert.equal(total(tail.values), requests);
            return requests;
          });
          assert.ok(Math.max(...each) - Math.min(...each) <= 1, `${each}`);
          let [below, expected] = [0, 0];
          const fine = summed(seconds);
          for (const [i, bound] of boundsSeconds.slice(0, -2).entries()) {
            expected += sent[i]!;
            below = total(fine.subarray(0, bucketIndex(Math.floor(bound * 1e9)) + 1));
            const edge = fine[bucketIndex(Math.floor(bound * 1e9))]!;
            assert.ok(
              below >= expected - 1 && below - edge <= expected + 1,
              `${below} less ${edge}, not ${expected}, to ${bound}`,
            );
          }
        },
      ),
      { seed: 20261120, numRuns: 300 },
    );
  });

  it('spreads a bucket over the logarithm of the latency', () => {
    const fine = summed(scrapedSeconds(growth(counts(4, 100_000)))); // 50 to 100 ms
    const middle = total(fine.subarray(0, bucketIndex(Math.sqrt(0.05 * 0.1) * 1e9)));
    assert.ok(Math.abs(middle - 50_000) < 4_000, `${middle}`);
    const lowest = fine.findIndex((count) => count > 0);
    assert.deepEqual([lowest, fine.findLastIndex((count) => count > 0)], [bucketIndex(0.05e9), bucketIndex(0.1e9)]);
  });

  it('beyond the last bound lies at it, as Prometheus has it', () => {
    const fine = summed(scrapedSeconds(growth(counts(11, 30))));
    assert.equal(fine[bucketIndex(10e9)], 30);
  });

  it('below the first bound lies near it', () => {
    const p50Ns = quantile(summed(scrapedSeconds(growth(counts(0, 1000)))), 0.5)!;
    assert.ok(p50Ns > 0.00125e9 && p50Ns < 0.005e9, `${p50Ns}`);
  });

  it('a few requests over many seconds are not all in one of them', () => {
    const seconds = scrapedSeconds(growth([1, 1, 1, 1, 1]));
    assert.deepEqual(
      seconds.filter(({ requests }) => requests > 1),
      [],
    );
    assert.equal(total(summed(seconds)), 5);
  });

  it('a growth of many beyond 2^32 in all keeps each second whole', () => {
    const seconds = scrapedSeconds(growth(counts(2, 15e9)));
    assert.deepEqual(new Set(seconds.map(({ requests }) => requests)), new Set([1e9]));
  });

  it('no requests are seconds without requests; a time that stands still, or is hours long, is none', () => {
    assert.deepEqual(
      scrapedSeconds(growth(counts(0, 0), 2)).map(({ requests, tail }) => [requests, tail.values.length]),
      [
        [0, 0],
        [0, 0],
      ],
    );
    assert.deepEqual(scrapedSeconds(growth(counts(0, 5), 0)), []);
    assert.deepEqual(scrapedSeconds(growth(counts(0, 5), 3601)), []);
  });

  it('latencies below and above what the histogram holds', () => {
    const fine = summed(scrapedSeconds(growth([7, 5, 3], 15, [1e-9, 200, INF])));
    assert.equal(total(fine), 15);
    assert.ok(fine[0]! >= 7 && fine[WAIT_BUCKETS - 1]! >= 3);
  });
});
