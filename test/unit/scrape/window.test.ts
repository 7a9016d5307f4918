import assert from 'node:assert/strict';
import type { ClassicHistogram } from '../../../src/scrape/classic.ts';
import type { MetricLatency } from '../../../src/scrape/types.ts';
import { HistogramWindow, unitSeconds } from '../../../src/scrape/window.ts';

const INF = Number.POSITIVE_INFINITY;
const BOUNDS = [0.1, 0.2, INF];

/** By label set: cumulative counts at BOUNDS, and the sum. */
function histogram(series: Record<string, [number[], number?]>, bounds = BOUNDS): ClassicHistogram {
  const entries = Object.entries(series).map(
    ([labels, [counts, sum = 0]]) => [labels, { counts: Float64Array.from(counts), sum }] as const,
  );
  return { bounds, series: new Map(entries) };
}

class Stage {
  readonly window: HistogramWindow;

  constructor(metric = 'm_seconds', windowSeconds = 10, intervalSeconds = 5) {
    this.window = new HistogramWindow(metric, windowSeconds * 1e9, intervalSeconds * 1e9);
  }

  at(seconds: number, series: Record<string, [number[], number?]>, bounds = BOUNDS): MetricLatency | null {
    this.window.add(histogram(series, bounds), seconds * 1e9);
    return this.window.latency();
  }
}

const some = ({ requests, windowSeconds, p50Seconds }: MetricLatency) => [requests, windowSeconds, p50Seconds];

describe('a histogram over the last scrapes', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });

  it('is known from the second scrape on, and counts what came between', () => {
    assert.equal(stage.at(100, { '': [[7, 8, 9], 5] }), null);
    assert.deepEqual(stage.at(105, { '': [[17, 28, 29], 8] }), {
      metric: 'm_seconds',
      atNs: 105e9,
      windowSeconds: 5,
      requests: 20,
      requestsPerSecond: 4,
      sumSeconds: 3,
      p50Seconds: 0.1,
      p99Seconds: 0.1 + 0.1 * (9.8 / 10),
      p999Seconds: 0.1 + 0.1 * (9.98 / 10),
      p99Interval: [0.1, 0.2],
    });
  });

  it('reaches back as far as drift.window, and forgets what lies before', () => {
    const counts = [0, 1, 3, 6, 10].map((n, i) => stage.at(5 * i, { '': [[n, n, n]] }));
    assert.deepEqual(
      counts.map((latency) => latency && some(latency).slice(0, 2)),
      [null, [1, 5], [3, 10], [5, 10], [7, 10]],
    );
  });

  it('takes the two last scrapes where the interval is longer than the window', () => {
    const slow = new Stage('m', 10, 15);
    for (const seconds of [0, 15, 30]) slow.at(seconds, { '': [[seconds, seconds, seconds]] });
    assert.deepEqual(some(slow.at(45.2, { '': [[40, 40, 40]] })!).slice(0, 2), [10, 15.2]);
  });

  it('is not moved to another begin by a timer that comes a little early or late', () => {
    for (const seconds of [0, 5.002, 9.999]) stage.at(seconds, { '': [[1, 1, 1]] });
    assert.equal(stage.at(15.001, { '': [[1, 1, 1]] })!.windowSeconds.toFixed(3), '9.999');
  });

  it('has no quantile where no request came', () => {
    stage.at(0, { '': [[5, 5, 5], 1] });
    const { requests, requestsPerSecond, p50Seconds, p99Seconds, p999Seconds, p99Interval, sumSeconds } = stage.at(5, {
      '': [[5, 5, 5], 1],
    })!;
    assert.deepEqual([requests, requestsPerSecond, sumSeconds], [0, 0, 0]);
    assert.deepEqual([p50Seconds, p99Seconds, p999Seconds, p99Interval], [null, null, null, null]);
  });

  it('exactly one request', () => {
    stage.at(0, { '': [[5, 5, 5]] });
    const latency = stage.at(5, { '': [[5, 6, 6]] })!;
    assert.deepEqual([latency.requests, latency.p50Seconds?.toFixed(6)], [1, '0.150000']);
  });

  it('10 million requests, beside as many before', () => {
    stage.at(0, { '': [[1e15, 1e15, 1e15]] });
    const { requests, p50Seconds, p99Seconds, p99Interval } = stage.at(5, { '': [[1e15, 1e15 + 9.9e6, 1e15 + 1e7]] })!;
    assert.deepEqual([requests, p99Seconds, p99Interval], [1e7, 0.2, [0.1, 0.2]]);
    assert.ok(Math.abs(p50Seconds! - (0.1 + 0.1 * (5 / 9.9))) < 1e-9);
  });

  it('a P99 beyond the last bound is that bound, and says so', () => {
    stage.at(0, { '': [[0, 0, 0]] });
    const { p99Seconds, p99Interval } = stage.at(5, { '': [[0, 1, 100]] })!;
    assert.deepEqual([p99Seconds, p99Interval], [0.2, [0.2, null]]);
  });

  it('label sets are summed; one that is new has counted from zero', () => {
    stage.at(0, { a: [[10, 10, 10], 1] });
    const latency = stage.at(5, { a: [[11, 12, 12], 2], b: [[1, 1, 4], 3] })!;
    assert.deepEqual([latency.requests, latency.sumSeconds], [6, 4]);
    assert.deepEqual(some(stage.at(10, { b: [[2, 2, 5], 4] })!).slice(0, 2), [7, 10]); // a has gone, and takes nothing back
  });

  it('counters that went back have counted from zero; no other label set is touched', () => {
    stage.at(0, { a: [[100, 100, 100], 9], b: [[50, 50, 50], 2] });
    const latency = stage.at(5, { a: [[3, 3, 3], 0.5], b: [[51, 51, 51], 3] })!;
    assert.deepEqual([latency.requests, latency.sumSeconds, stage.window.unsteady], [4, 1.5, false]);
  });

  it('a reset shows in any bucket, though more came since than before', () => {
    stage.at(0, { '': [[5, 5, 5]] });
    assert.equal(stage.at(5, { '': [[1, 9, 9]] })!.requests, 9);
  });

  it('several processes that answer in turn are not believed; one restart is', () => {
    const turns = [100, 40, 101, 41, 102, 42].map((n, i) => {
      stage.at(5 * i, { '': [[n, n, n]] });
      return stage.window.unsteady;
    });
    assert.deepEqual(turns, [false, false, false, true, true, true]);
    for (const n of [43, 44, 45, 46]) stage.at(n, { '': [[n, n, n]] });
    assert.equal(stage.window.unsteady, false);
  });

  it('a first request after scrapes without any counts', () => {
    stage.at(0, {});
    assert.deepEqual(some(stage.at(5, {})!), [0, 5, null]);
    assert.deepEqual(some(stage.at(10, { a: [[2, 2, 2]] })!), [2, 10, 0.05]);
  });

  it('other buckets begin a new window', () => {
    stage.at(0, { '': [[1, 1, 1]] });
    assert.equal(stage.at(5, { '': [[9, 9]] }, [1, INF]), null);
    assert.deepEqual(some(stage.at(10, { '': [[10, 10]] }, [1, INF])!).slice(0, 2), [1, 5]);
  });

  it('so does a long time without a scrape; a short one makes the window longer', () => {
    stage.at(0, { '': [[1, 1, 1]] });
    assert.equal(stage.at(30, { '': [[2, 2, 2]] })!.windowSeconds, 30);
    assert.equal(stage.at(60.1, { '': [[3, 3, 3]] }), null);
  });

  it('a bucket that is behind the one below it is lifted', () => {
    stage.at(0, { '': [[0, 0, 0]] });
    const { requests, p999Seconds } = stage.at(5, { '': [[0, 5, 4]] })!;
    assert.deepEqual([requests, p999Seconds?.toFixed(4)], [5, '0.1999']);
  });

  it('a sum that is not sent, or no number, is not known', () => {
    stage.at(0, { '': [[0, 0, 0], Number.NaN] });
    assert.equal(stage.at(5, { '': [[1, 1, 1], Number.NaN] })!.sumSeconds, null);
  });

  it('keeps a bounded number of moments, over the whole of a long window', () => {
    const long = new Stage('m', 3600, 1);
    for (let seconds = 0; seconds < 8000; seconds++) long.at(seconds, { '': [[seconds, seconds, seconds]] });
    const { requests, windowSeconds } = long.window.latency()!;
    assert.equal(requests, windowSeconds);
    assert.ok(Math.abs(windowSeconds - 3600) <= 3600 / 62 + 1, `${windowSeconds} s`);
    assert.ok(long.window.moments <= 64);
  });

  it('seconds come from the unit that the name ends with', () => {
    const units = ['a_seconds', 'a', 'a_milliseconds', 'a_ms', 'a_microseconds', 'a_ns', 'forms'].map(unitSeconds);
    assert.deepEqual(units, [1, 1, 1e-3, 1e-3, 1e-6, 1e-9, 1]);
    const milliseconds = new Stage('m_milliseconds');
    milliseconds.at(0, { '': [[0, 0, 0], 0] }, [100, 200, INF]);
    const { p50Seconds, sumSeconds, p99Interval } = milliseconds.at(5, { '': [[0, 8, 8], 1200] }, [100, 200, INF])!;
    assert.deepEqual([p50Seconds?.toFixed(6), sumSeconds, p99Interval], ['0.150000', 1.2, [0.1, 0.2]]);
  });
});
