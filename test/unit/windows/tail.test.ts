import assert from 'node:assert/strict';
import fc from 'fast-check';
import { COMPONENTS, type Component } from '../../../src/decode/sample.ts';
import { bucketHigh, bucketIndex, bucketLow } from '../../../src/windows/histogram.ts';
import { noParts, type TailBudget, tailBudget } from '../../../src/windows/tail.ts';
import { type Request, Served } from './requests.ts';

const MEASURED = COMPONENTS.filter((component) => component !== 'unexplained');

/** A request whose parts are shares of its latency; what is left, up to all of it, is unexplained. */
const anyRequest: fc.Arbitrary<Request> = fc
  .record({
    exponent: fc.double({ min: 10, max: 33, noNaN: true }),
    shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 }),
    shared: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ exponent, shares, shared }) => {
    const latencyNs = Math.floor(2 ** exponent);
    const all = Math.max(
      1,
      shares.reduce((a, b) => a + b, 0),
    );
    const parts = Object.fromEntries(MEASURED.map((c, i) => [c, Math.floor((latencyNs * shares[i]!) / all)]));
    return { latencyNs, parts, sharedNs: Math.floor(parts.oncpu! * shared) };
  });

const requests = fc.array(anyRequest, { minLength: 1, maxLength: 600 });

function partsSum({ partNs }: TailBudget): number {
  return COMPONENTS.reduce((sum, component) => sum + partNs[component], 0);
}

function near(actual: number, expected: number, within: number, what = ''): void {
  assert.ok(Math.abs(actual - expected) <= within, `${what} ${actual} is not within ${within} of ${expected}`);
}

/** The truth: every request kept, sorted, the slowest 1 % (rounded up) averaged. */
function bruteForce(all: readonly Request[]): { meanNs: number; partNs: Record<Component, number> } {
  const slowest = [...all].sort((a, b) => b.latencyNs - a.latencyNs).slice(0, Math.ceil(all.length / 100));
  const mean = (value: (request: Request) => number) => slowest.reduce((s, r) => s + value(r), 0) / slowest.length;
  const partNs = noParts();
  for (const component of MEASURED) partNs[component] = mean(({ parts }) => parts?.[component] ?? 0);
  const meanNs = mean(({ latencyNs }) => latencyNs);
  partNs.unexplained = meanNs - MEASURED.reduce((sum, component) => sum + partNs[component], 0);
  return { meanNs, partNs };
}

describe('tail budget', () => {
  it('sums to the mean of the slowest 1 %', () => {
    fc.assert(
      fc.property(requests, (all) => {
        const tail = tailBudget(new Served().serve(...all).rows())!;
        assert.equal(tail.requests, Math.ceil(all.length / 100));
        near(partsSum(tail), tail.meanNs, 1e-9 * tail.meanNs);
        for (const component of COMPONENTS) assert.ok(tail.partNs[component] >= 0, component);
      }),
    );
  });

  it('is what brute force finds, where each bucket holds requests of one kind', () => {
    const oneKindABucket = requests.map((all) => {
      const kinds = new Map(all.map((request) => [Math.floor(bucketIndex(request.latencyNs) / 8), request]));
      return all.map((request) => kinds.get(Math.floor(bucketIndex(request.latencyNs) / 8))!);
    });
    fc.assert(
      fc.property(oneKindABucket, (all) => {
        const tail = tailBudget(new Served().serve(...all).rows())!;
        const truth = bruteForce(all);
        near(tail.meanNs, truth.meanNs, 1e-9 * truth.meanNs, 'mean');
        for (const component of COMPONENTS)
          near(tail.partNs[component], truth.partNs[component], 1e-9 * truth.meanNs, component);
      }),
    );
  });

  it('is within its boundary bucket of brute force, whatever the requests', () => {
    fc.assert(
      fc.property(requests, (all) => {
        const tail = tailBudget(new Served().serve(...all).rows())!;
        const truth = bruteForce(all);
        const boundaryNs = [...all].sort((a, b) => b.latencyNs - a.latencyNs)[tail.requests - 1]!.latencyNs;
        const bucket = Math.floor(bucketIndex(boundaryNs) / 8) * 8;
        near(tail.meanNs, truth.meanNs, bucketHigh(bucket + 7) - bucketLow(bucket));
      }),
    );
  });

  it('takes whole buckets above and a share of the one on the boundary', () => {
    const served = new Served().serve(
      { latencyNs: 1e6, parts: { oncpu: 1e6 }, times: 900 },
      { latencyNs: 10e6, parts: { oncpu: 4e6, queue: 6e6 }, times: 97 },
      { latencyNs: 90e6, parts: { throttled: 80e6, oncpu: 10e6 }, times: 3 },
    );
    const tail = tailBudget(served.rows())!;
    assert.equal(tail.requests, 10);
    near(tail.meanNs, (7 * 10e6 + 3 * 90e6) / 10, 1);
    near(tail.partNs.throttled, 24e6, 1);
    near(tail.partNs.queue, 4.2e6, 1);
    near(tail.partNs.oncpu, 5.8e6, 1);
    assert.equal(tail.partNs.unexplained, 0);
  });

  it('of fewer than 100 requests is the slowest bucket', () => {
    const tail = tailBudget(new Served().serve({ latencyNs: 1e6, times: 98 }, { latencyNs: 5e6 }).rows())!;
    assert.deepEqual([tail.requests, tail.meanNs], [1, 5e6]);
  });

  it('is nothing without a request', () => {
    assert.equal(tailBudget([]), null);
    assert.equal(tailBudget(new Served().rows()), null);
  });

  it('takes an overlap of the parts below 1 us for noise, and shows a larger one', () => {
    const overlap = (ns: number) =>
      tailBudget(new Served().serve({ latencyNs: 1e6, parts: { oncpu: 4e5, queue: 6e5 + ns }, times: 50 }).rows())!;
    const noise = overlap(999);
    assert.equal(noise.partNs.unexplained, 0);
    near(partsSum(noise), 1e6, 1e-3);
    near(noise.partNs.oncpu / noise.partNs.queue, 4e5 / (6e5 + 999), 1e-12);
    const fault = overlap(1001);
    near(fault.partNs.unexplained, -1001, 1e-3);
    near(partsSum(fault), 1e6, 1e-3);
  });

  it('shows what is unexplained, however little', () => {
    const tail = tailBudget(new Served().serve({ latencyNs: 14_000, parts: { oncpu: 13_400 } }).rows())!;
    near(tail.partNs.unexplained, 600, 1e-6);
  });
});
