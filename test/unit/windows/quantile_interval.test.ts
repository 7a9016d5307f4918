import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PoolDrift } from '../../../src/drift/pool_drift.ts';
import { bucketIndex, quantileInterval, WAIT_BUCKETS } from '../../../src/windows/histogram.ts';
import { tailDispersion } from '../../../src/windows/tail_dispersion.ts';
import { type Trimmed, trimCounts } from '../../../src/windows/trimmed.ts';
import { normal, poisson, seeded } from '../drift/load.ts';

/** What is claimed, less three standard errors of the runs that it is held against. */
function least(runs: number): number {
  return 0.95 - 3 * Math.sqrt((0.95 * 0.05) / runs);
}

const BUCKET_ERROR = 0.0156;

function covers(interval: [number, number | null] | null, trueNs: number): boolean {
  const [low, high] = interval!;
  return low * (1 - BUCKET_ERROR) <= trueNs && trueNs <= (high ?? Number.POSITIVE_INFINITY) * (1 + BUCKET_ERROR);
}

/** Share of the runs whose interval covers; each run gives its interval's verdict. */
function coverage(runs: number, run: () => boolean): number {
  let covered = 0;
  for (let i = 0; i < runs; i++) if (run()) covered++;
  return covered / runs;
}

const DISTRIBUTIONS = {
  exponential: (u: number) => -Math.log(u) * 1e7,
  pareto: (u: number) => 1e6 * u ** -0.4,
  'nearly uniform': (u: number) => 1e9 + 1e9 * (1 - u),
};

describe('interval of a quantile, independent requests', () => {
  for (const [name, draw] of Object.entries(DISTRIBUTIONS)) {
    for (const requests of [1, 10, 50, 200, 400, 1500, 20_000]) {
      it(`covers the true P99: ${name}, ${requests} requests`, () => {
        const random = seeded(requests);
        const runs = requests > 5000 ? 300 : 1500;
        const share = coverage(runs, () => {
          const counts = new Float64Array(WAIT_BUCKETS);
          for (let i = 0; i < requests; i++) counts[bucketIndex(draw(1 - random()))]! += 1;
          return covers(quantileInterval(counts, 0.99), draw(0.01));
        });
        assert.ok(share >= least(runs), `${share}`);
        if (requests === 1500 && name === 'exponential') assert.ok(share < 0.995, `${share}`);
      });
    }
  }

  it('covers a median and a P90 too', () => {
    const random = seeded(5);
    for (const q of [0.5, 0.9]) {
      const share = coverage(1500, () => {
        const counts = new Float64Array(WAIT_BUCKETS);
        for (let i = 0; i < 300; i++) counts[bucketIndex(-Math.log(1 - random()) * 1e7)]! += 1;
        return covers(quantileInterval(counts, q), -Math.log(1 - q) * 1e7);
      });
      assert.ok(share >= least(1500), `${q}: ${share}`);
    }
  });

  it('widens with the dispersion, and holds the quantile', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 60 });
    const dispersions = fc.tuple(
      fc.double({ min: 1, max: 50, noNaN: true }),
      fc.double({ min: 1, max: 9, noNaN: true }),
    );
    fc.assert(
      fc.property(counts, dispersions, (values, [dispersion, times]) => {
        const [narrow, wide] = [dispersion, dispersion * times].map((each) => quantileInterval(values, 0.99, each));
        if (!narrow || !wide) return narrow === wide;
        return wide[0] <= narrow[0] && (wide[1] === null || (narrow[1] !== null && narrow[1] <= wide[1]));
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

/** Ten seconds' cumulative counts of a pool whose latencies have a level in each second. */
function tenSeconds(rate: number, level: () => number, random: () => number): { first: Trimmed }[] {
  const counts = new Float64Array(WAIT_BUCKETS);
  const moments = [{ first: trimCounts(counts) }];
  for (let second = 0; second < 10; second++) {
    const scaleNs = 1e7 * level();
    const requests = poisson(rate, random);
    for (let i = 0; i < requests; i++) counts[bucketIndex(-Math.log(1 - random()) * scaleNs)]! += 1;
    moments.push({ first: trimCounts(counts) });
  }
  return moments;
}

function whole(moments: readonly { first: Trimmed }[]): Float64Array {
  const counts = new Float64Array(WAIT_BUCKETS);
  const { low, values } = moments.at(-1)!.first;
  counts.set(values, low);
  return counts;
}

/** The level that `share` of the requests exceed on average over the levels drawn, by bisection. */
function trueP99(levels: readonly number[]): number {
  let [low, high] = [1e6, 1e10];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    const above = levels.reduce((sum, level) => sum + Math.exp(-middle / (1e7 * level)), 0) / levels.length;
    if (above > 0.01) low = middle;
    else high = middle;
  }
  return low;
}

describe('interval of a quantile, slow requests that come together', () => {
  for (const [name, height, often, rate] of [
    ['small stalls', 1.6, 0.3, 300],
    ['large stalls', 4, 0.3, 300],
    ['small stalls of a slow pool', 1.6, 0.3, 40],
  ] as const) {
    it(`covers by the window's own seconds: ${name}`, () => {
      const random = seeded(77);
      const stall = () => (random() < often ? height : 1);
      const truth = trueP99(Array.from({ length: 1000 }, (_, i) => (i < 1000 * often ? height : 1)));
      let plain = 0;
      const share = coverage(600, () => {
        const moments = tenSeconds(rate, stall, random);
        const counts = whole(moments);
        if (covers(quantileInterval(counts, 0.99), truth)) plain++;
        return covers(quantileInterval(counts, 0.99, tailDispersion(moments, counts)), truth);
      });
      assert.ok(share >= least(600), `${share}`);
      if (height === 4) assert.ok(plain / 600 < least(600), `the binomial alone covers ${plain / 600}: no test`);
    });
  }

  for (const [timeSeconds, rate] of [
    [10, 300],
    [60, 300],
    [60, 30],
  ] as const) {
    it(`covers by the baseline's windows: a level that wanders in ${timeSeconds} s, ${rate} requests/s`, () => {
      const random = seeded(timeSeconds + rate);
      const kept = Math.exp(-1 / timeSeconds);
      let log = 0;
      const levels: number[] = [];
      const level = () => {
        log = kept * log + 0.1 * Math.sqrt(1 - kept * kept) * normal(random);
        levels.push(Math.exp(log));
        return levels.at(-1)!;
      };
      const windows = Array.from({ length: 1200 }, () => tenSeconds(rate, level, random));
      const truth = trueP99(levels);
      const relative = relativeVarianceOf(windows.slice(0, 480));
      const scored = windows.slice(480);
      const [plain, told] = [1, 1 + relative * 10 * rate * 0.01].map(
        (dispersion) =>
          scored.filter((each) => covers(quantileInterval(whole(each), 0.99, dispersion), truth)).length /
          scored.length,
      );
      assert.ok(told! >= 0.93, `${told}`);
      if (rate === 300) assert.ok(plain! < 0.9, `the binomial alone covers ${plain}: no test`);
    });
  }
});

/** What a baseline learns of these windows, second by second. */
function relativeVarianceOf(windows: readonly { first: Trimmed }[][]): number {
  const options = { windowSeconds: 10, baselineSeconds: 3600, ratioMin: 100, falseAlarmsPerPoolYear: 1 };
  const drift = new PoolDrift(options);
  let atNs = 0;
  for (const moments of windows) {
    for (let i = 1; i < moments.length; i++) {
      const values = new Uint32Array(WAIT_BUCKETS);
      const [from, to] = [moments[i - 1]!.first, moments[i]!.first];
      values.set(to.values, to.low);
      for (let j = 0; j < from.values.length; j++) values[from.low + j]! -= from.values[j]!;
      atNs += 1e9;
      drift.add({ atNs, requests: values.reduce((a, b) => a + b, 0), tail: { low: 0, values } });
    }
  }
  return drift.relativeVariance(10);
}
