import assert from 'node:assert/strict';
import { bucketIndex, WAIT_BUCKETS } from '../../../src/windows/histogram.ts';
import { BIMODAL, type Distribution, LOGNORMAL, normalSurvival, PARETO } from '../../sim/distributions.ts';
import { Poisson } from '../../sim/poisson.ts';
import { Random } from '../../sim/random.ts';
import { type Shape, shapeOf } from '../../sim/shapes.ts';
import { Source } from '../../sim/source.ts';

const SECONDS = 2000;
/** Standard deviations; each test compares some dozens of numbers with fixed seeds. */
const REACH = 4.5;

/** One latency in milliseconds, drawn the plain way. */
const PLAIN: [shape: string, distribution: Distribution, draw: (random: Random) => number][] = [
  ['lognormal', LOGNORMAL, (random) => 2 * Math.exp(0.5 * random.normal())],
  ['bimodal', BIMODAL, (random) => (random.uniform() < 0.05 ? 10 : 1) * Math.exp(0.3 * random.normal())],
  ['pareto', PARETO, (random) => random.uniform() ** (-1 / 2.5)],
];

/** All requests by bucket, from Poisson arrivals that are drawn one after the other. */
function plainly(
  draw: (random: Random) => number,
  rate: number,
  random: Random,
): { counts: Float64Array; requests: number } {
  const counts = new Float64Array(WAIT_BUCKETS);
  let requests = 0;
  for (let at = random.exponential(1 / rate); at < SECONDS; at += random.exponential(1 / rate)) {
    counts[bucketIndex(Math.round(draw(random) * 1e6))]!++;
    requests++;
  }
  return { counts, requests };
}

function simulated(shape: Shape, rate: number, factor = 1): { counts: Float64Array; requests: number } {
  const source = new Source(shape, rate, 7);
  source.factor = factor;
  const counts = new Float64Array(WAIT_BUCKETS);
  let requests = 0;
  for (let i = 0; i < SECONDS; i++) {
    const second = source.second();
    requests += second.requests;
    second.tail.values.forEach((count, index) => {
      counts[second.tail.low + index]! += count;
    });
  }
  return { counts, requests };
}

/** Of the counts from each bucket upwards, as far as it holds `share` of the requests at most. */
function tails(counts: Float64Array, most: number): Map<number, number> {
  const found = new Map<number, number>();
  let sum = 0;
  for (let i = counts.length - 1; i >= 0 && sum + counts[i]! <= most; i--) {
    sum += counts[i]!;
    found.set(i, sum);
  }
  return found;
}

function assertAlike(a: { counts: Float64Array; requests: number }, b: typeof a, share: number): void {
  assert.ok(
    Math.abs(a.requests - b.requests) < REACH * Math.sqrt(a.requests + b.requests),
    `${a.requests}, ${b.requests}`,
  );
  const others = tails(b.counts, Number.POSITIVE_INFINITY);
  const mine = [...tails(a.counts, share * a.requests)];
  assert.ok(mine.length > 20, 'the tail has buckets');
  for (const [bucket, count] of mine) {
    const other = others.get(bucket)!;
    assert.ok(
      Math.abs(count - other) <= REACH * Math.sqrt(count + other + 1),
      `from bucket ${bucket} on: ${count}, ${other}`,
    );
  }
}

/** Level and rate of `count` seconds. */
function life(name: string, seconds: number): { levels: number[]; rates: number[]; stalls: number[] } {
  const source = new Source(shapeOf(name), 1, 3);
  const [levels, rates, stalls]: number[][] = [[], [], []];
  for (let i = 0; i < seconds; i++) {
    source.second();
    levels!.push(Math.log(source.now.level));
    rates!.push(source.now.rate);
    stalls!.push(source.now.stallMs);
  }
  return { levels: levels!, rates: rates!, stalls: stalls! };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function covariance(values: readonly number[], lag: number): number {
  const middle = mean(values);
  return mean(values.slice(lag).map((value, i) => (value - middle) * (values[i]! - middle)));
}

describe('the simulated requests', function () {
  this.timeout(20_000);

  for (const [name, , draw] of PLAIN) {
    for (const rate of [1, 10, 1000]) {
      it(`${name} at ${rate}/s: the slowest are as if every request had been drawn`, () => {
        const shape = shapeOf(name);
        assertAlike(
          simulated(shape, rate),
          plainly(draw, rate, new Random(11, rate)),
          rate < 100 ? 1 : 0.9 * shape.share,
        );
      });
    }
  }

  it('a drift multiplies every latency', () => {
    const drifted = plainly((random) => 4 * Math.exp(0.5 * random.normal()), 100, new Random(12));
    assertAlike(simulated(shapeOf('lognormal'), 100, 2), drifted, 1);
  });

  it('the plain way with another distribution is told from it', () => {
    const wider = plainly((random) => 2 * Math.exp(0.51 * random.normal()), 1000, new Random(11));
    assert.throws(() => assertAlike(simulated(shapeOf('lognormal'), 1000), wider, 0.027));
  });

  it('stalls are as if each request that comes in one had waited for its end', () => {
    const random = new Random(13);
    let [stall, end] = [random.between(0, 7.5), 0];
    const counts = new Float64Array(WAIT_BUCKETS);
    let requests = 0;
    for (let at = 0; at < SECONDS; at += random.exponential(1e-3)) {
      while (stall < at && end < at) [stall, end] = [stall + random.between(5, 10), 0];
      if (end === 0) end = stall + random.between(0.03, 0.05);
      const waitMs = at >= stall && at < end ? (end - at) * 1000 : 0;
      counts[bucketIndex(Math.round((2 * Math.exp(0.5 * random.normal()) + waitMs) * 1e6))]!++;
      requests++;
    }
    assertAlike(simulated(shapeOf('stalls'), 1000), { counts, requests }, 0.008);
  });
});

describe('the simulated lives', () => {
  for (const [name, seconds] of [
    ['wander-10', 10],
    ['wander-60', 60],
    ['wander-600', 600],
  ] as const) {
    it(`${name}: a deviation of 4.5 % that is forgotten in ${seconds} s`, () => {
      const { levels } = life(name, 20_000 * seconds ** 0.5);
      const all = covariance(levels, 0);
      assert.ok(Math.abs(Math.sqrt(all) / 0.045 - 1) < 0.15, `${Math.sqrt(all)}`);
      assert.ok(Math.abs(covariance(levels, seconds) / all - Math.exp(-1)) < 0.1);
    });
  }

  it('bursts, surges, the daily cycle and the idle host are as told', () => {
    const surges = life('surges', 100_000);
    assert.ok(Math.abs(mean(surges.rates.map((rate) => (rate === 5 ? 1 : 0))) - 5 / 155) < 0.003);
    const bursts = life('bursts', 400_000);
    assert.ok(Math.abs(mean(bursts.levels.map((level) => (level > 0 ? 1 : 0))) - 5 / 905) < 0.0006);
    const daily = life('daily', 86_400);
    assert.deepEqual([Math.min(...daily.rates), Math.max(...daily.rates)], [0.4, 1.6]);
    const idle = life('idle', 200_000);
    const noisy = mean(idle.levels.map((level) => (level > Math.log(1.15) ? 1 : 0)));
    assert.ok(Math.abs(noisy - 12.5 / 612.5) < 0.006, `${noisy}`);
  });

  it('a stall comes every 5 to 10 s', () => {
    const stalls = life('stalls', 75_000).stalls.filter((stallMs) => stallMs > 0);
    assert.ok(Math.abs(stalls.length - 10_000) < 150, `${stalls.length}`);
    assert.ok(Math.abs(mean(stalls) - 40) < 0.3);
  });
});

describe('what the simulation is made of', () => {
  it('Poisson numbers have the mean and variance of one, in table and beyond', () => {
    for (const [each, exactMax] of [
      [0.01, 400],
      [3, 400],
      [60, 400],
      [60, 30],
    ] as const) {
      const [poisson, random] = [new Poisson(each, exactMax), new Random(5)];
      const values = Array.from({ length: 200_000 }, () => poisson.draw(random));
      const reach = REACH * Math.sqrt(each / values.length);
      assert.ok(Math.abs(mean(values) - each) < reach);
      assert.ok(Math.abs(covariance(values, 0) / each - 1) < REACH * Math.sqrt((2 + 1 / each) / values.length) + 2e-3);
    }
  });

  it('the normal tail is that of the tables', () => {
    for (const [z, share] of [
      [0, 0.5],
      [1.959964, 0.025],
      [2.326348, 0.01],
      [3.090232, 0.001],
      [6, 9.8659e-10],
    ] as const) {
      assert.ok(Math.abs(normalSurvival(z) / share - 1) < 1e-4, `${z}`);
    }
  });

  it('uniform numbers are even, and seeds differ', () => {
    const random = new Random(1);
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < 1e6; i++) tenths[Math.floor(10 * random.uniform())]!++;
    for (const tenth of tenths) assert.ok(Math.abs(tenth - 1e5) < REACH * 300, `${tenths}`);
    assert.equal(new Set(Array.from({ length: 1000 }, (_, seed) => new Random(seed).int32())).size, 1000);
  });
});
