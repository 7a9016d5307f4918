import assert from 'node:assert/strict';
import { Activity } from '../../../src/windows/activity.ts';
import { sizeDeviation } from '../../../src/windows/deviation.ts';
import { bucketIndex, WAIT_BUCKETS } from '../../../src/windows/histogram.ts';
import { PoolWindow } from '../../../src/windows/window.ts';
import { SECOND_NS, sampleAfter } from '../metrics/fixture.ts';

const OPTIONS = { windowNs: 10 * SECOND_NS, intervalNs: 5 * SECOND_NS };

function waits(...entries: [waitNs: number, count: number][]): Float64Array {
  const counts = new Float64Array(WAIT_BUCKETS);
  for (const [ns, count] of entries) counts[bucketIndex(ns)]! += count;
  return counts;
}

function near(actual: number | null, expected: number): void {
  assert.ok(actual !== null && Math.abs(actual - expected) <= 0.016 * expected, `${actual} is not near ${expected}`);
}

describe('window of a pool', () => {
  it('knows nothing before the second sample', () => {
    const window = new PoolWindow(OPTIONS);
    const nothing = {
      activeWorkers: null,
      parallelism: null,
      demand: null,
      waitP99Ns: null,
      recent: null,
    };
    assert.deepEqual(window.gauges(), nothing);
    window.add(sampleAfter(1));
    assert.deepEqual(window.gauges(), nothing);
  });

  it('averages over the interval, whatever the daemon slept', () => {
    const window = new PoolWindow(OPTIONS);
    for (const second of [0, 1, 2, 9, 9.4]) window.add(sampleAfter(second));
    const { parallelism, demand } = window.gauges();
    near(parallelism, 3);
    near(demand, 7);
  });

  it('forgets waits that are older than the drift window', () => {
    const window = new PoolWindow(OPTIONS);
    window.add(sampleAfter(0, { waits: waits() }));
    window.add(sampleAfter(1, { waits: waits([50_000_000, 100]) }));
    near(window.waitQuantile(0.99), 50_000_000);
    for (let s = 2; s <= 11; s++) window.add(sampleAfter(s, { waits: waits([50_000_000, 100], [20_000, s * 10]) }));
    near(window.waitQuantile(0.99), 20_000);
  });

  it('has no P99 where no wait ended', () => {
    const window = new PoolWindow(OPTIONS);
    for (let s = 0; s < 12; s++) window.add(sampleAfter(s, { waits: waits([5000, 3]) }));
    assert.equal(window.gauges().waitP99Ns, null);
  });

  it('counts beyond 2^32 waits', () => {
    const window = new PoolWindow(OPTIONS);
    window.add(sampleAfter(0, { waits: waits([5000, 2 ** 32 - 5]) }));
    window.add(sampleAfter(1, { waits: waits([5000, 2 ** 32 + 5], [90_000, 1]) }));
    near(window.waitQuantile(0.5), 5000);
    near(window.waitQuantile(1), 90_000);
  });

  it('begins anew where counters went back', () => {
    const window = new PoolWindow(OPTIONS);
    for (let s = 5; s < 9; s++) window.add(sampleAfter(s));
    window.add(sampleAfter(1, { atNs: 9 * SECOND_NS }));
    assert.equal(window.gauges().parallelism, null);
    window.add(sampleAfter(2, { atNs: 10 * SECOND_NS }));
    near(window.gauges().parallelism, 3);
  });

  it('covers a long window with few moments', () => {
    const window = new PoolWindow({ windowNs: 600 * SECOND_NS, intervalNs: 5 * SECOND_NS });
    for (let s = 0; s < 1500; s++) window.add(sampleAfter(s, { waits: waits([5000, s], [80_000, Math.min(s, 750)]) }));
    near(window.waitQuantile(0.99), 5000);
  });
});

describe('active workers', () => {
  it('are the mean of the maxima of whole seconds', () => {
    const activity = new Activity(3 * SECOND_NS);
    const perSecond = [9, 2, 4, 6, 50];
    perSecond.forEach((max, second) => {
      for (let tenth = 0; tenth < 10; tenth++) activity.look(tenth === 4 ? max : 0, second * SECOND_NS + tenth * 1e8);
    });
    assert.equal(activity.mean(4.9 * SECOND_NS), 4);
  });

  it('are not known before a whole second, nor after a silence', () => {
    const activity = new Activity(3 * SECOND_NS);
    activity.look(4, 0.2 * SECOND_NS);
    assert.equal(activity.mean(0.9 * SECOND_NS), null);
    assert.equal(activity.mean(1.1 * SECOND_NS), 4);
    assert.equal(activity.mean(60 * SECOND_NS), null);
  });
});

describe('size deviation', () => {
  for (const [name, activeWorkers, parallelism, demand, size, expected] of [
    ['idle', 0, 0, 0, 8, 0],
    ['healthy', 2, 1.4, 1.6, 2, 0],
    ['more active than its size', 5, 1.8, 4.2, 2, 3],
    ['healthy Go: sysmon beside its Ps', 3, 0.57, 1.2, 2, 0],
    ['full, short by its hand-overs', 2.2, 1.89, 2.01, 2, 0],
    ['starved, one thread more than its size', 9, 0.48, 8.48, 8, -7.52],
    ['starved', 8, 2, 8, 8, -6],
    ['starved, and never at rest', 1, 0.5, 0.9999, 1, -0.5],
    ['demand below its size', 8, 2, 7.9, 8, 0],
    ['a moment of more on CPUs than its size, in one second of five', 2, 2.2, 2.4, 2, 0],
    ['size not known', 8, 2, 8, null, null],
    ['no window yet', 1, null, null, 2, null],
  ] as const) {
    it(name, () => assert.equal(sizeDeviation({ activeWorkers, parallelism, demand }, size), expected));
  }
});
