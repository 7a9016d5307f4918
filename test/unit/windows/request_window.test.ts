import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DOUBTS } from '../../../src/decode/sample.ts';
import { bucketIndex, quantile, quantileInterval, WAIT_BUCKETS } from '../../../src/windows/histogram.ts';
import { RequestWindow, scrapedReading } from '../../../src/windows/request_window.ts';
import { SECOND_NS } from '../metrics/fixture.ts';
import { Served } from './requests.ts';

const WINDOW_NS = 10 * SECOND_NS;

function near(actual: number | null, expected: number): void {
  assert.ok(actual !== null && Math.abs(actual - expected) <= 0.016 * expected, `${actual} is not near ${expected}`);
}

/** A window to which `serve` was asked once a second. */
function afterSeconds(seconds: number, serve: (served: Served, second: number) => void, served = new Served()) {
  const window = new RequestWindow(WINDOW_NS);
  for (let second = 0; second <= seconds; second++) {
    if (second > 0) serve(served, second);
    window.add(served.at(second * SECOND_NS));
  }
  return { window, served, reading: window.read(served.at(seconds * SECOND_NS)) };
}

describe('window of requests', () => {
  it('knows nothing before two samples', () => {
    const served = new Served().serve({ latencyNs: 1e6, times: 5 });
    const window = new RequestWindow(WINDOW_NS);
    for (const atNs of [0, 0]) {
      const { durationNs, requests, p50Ns, p99Ns, p99IntervalNs, tail, doubt } = window.read(served.at(atNs));
      assert.deepEqual([durationNs, requests, doubt], [0, 0, null]);
      assert.deepEqual([p50Ns, p99Ns, p99IntervalNs, tail], [null, null, null, null]);
      window.add(served.at(atNs));
    }
  });

  it('begins anew after a time without measuring', () => {
    const { window, served } = afterSeconds(5, (s) => s.serve({ latencyNs: 50e6, times: 100 }));
    window.clear();
    assert.deepEqual(
      [window.read(served.at(5.5 * SECOND_NS))].map((r) => [r.durationNs, r.p99Ns]),
      [[0, null]],
    );
    window.add(served.at(60 * SECOND_NS));
    const { durationNs, requests } = window.read(served.serve({ latencyNs: 1e6, times: 30 }).at(63 * SECOND_NS));
    assert.deepEqual([durationNs, requests], [3 * SECOND_NS, 30]);
  });

  it('covers the last seconds only, up to the read', () => {
    const { window, served, reading } = afterSeconds(30, (s, second) =>
      s.serve({ latencyNs: second <= 20 ? 50e6 : 1e6, lastNs: 0.5e6, parts: { oncpu: 1e6 }, times: 100 }),
    );
    assert.deepEqual([reading.durationNs, reading.requests], [WINDOW_NS, 1000]);
    near(reading.p99Ns, 1e6);
    near(reading.p99LastNs, 0.5e6);
    assert.deepEqual([reading.tail?.requests, reading.tail?.meanNs], [10, 1e6]);
    served.serve({ latencyNs: 2e9, times: 20 });
    const later = window.read(served.at(30.4 * SECOND_NS));
    assert.equal(later.requests, 920 + 100);
    near(later.p99Ns, 2e9);
  });

  it('has a request that stands alone', () => {
    const { reading } = afterSeconds(3, (s, second) => second === 2 && s.serve({ latencyNs: 7e6, moved: true }));
    for (const ns of [reading.p50Ns, reading.p99Ns, reading.p999Ns, reading.p99IntervalNs![0]]) near(ns, 7e6);
    assert.equal(reading.p99IntervalNs![1], null);
    assert.deepEqual([reading.requests, reading.movedShare, reading.tail?.meanNs], [1, 1, 7e6]);
  });

  it('has no quantile and no tail where no request came', () => {
    const { reading } = afterSeconds(12, (s, second) => second === 1 && s.serve({ latencyNs: 7e6 }));
    assert.deepEqual([reading.requests, reading.p99Ns, reading.tail, reading.movedShare], [0, null, null, null]);
    assert.equal(reading.trusted, true);
  });

  it('holds 10 million requests, beyond 2^32 counted', () => {
    const before = new Served().serve({ latencyNs: 1e6, times: 2 ** 32 - 5_000_000 });
    const { reading } = afterSeconds(10, (s) => s.serve({ latencyNs: 1e6, parts: { queue: 9e5 }, times: 1e6 }), before);
    assert.equal(reading.requests, 10_000_000);
    assert.equal(reading.tail?.requests, 100_000);
    near(reading.tail!.partNs.queue, 9e5);
    const [low, high] = reading.p99IntervalNs!;
    assert.ok(low <= reading.p99Ns! && reading.p99Ns! <= high!);
  });

  it('begins anew where the counters went back', () => {
    const { window } = afterSeconds(5, (s) => s.serve({ latencyNs: 1e6, times: 10 }));
    const other = new Served().serve({ latencyNs: 9e6, times: 3 });
    assert.equal(window.read(other.at(6 * SECOND_NS)).requests, 0);
    window.add(other.at(6 * SECOND_NS));
    const { requests, durationNs } = window.read(other.serve({ latencyNs: 9e6 }).at(7 * SECOND_NS));
    assert.deepEqual([requests, durationNs], [1, SECOND_NS]);
  });

  it('sees that they went back also where the new pool has served more', () => {
    const { window } = afterSeconds(5, (s) => s.serve({ latencyNs: 1e6, times: 10 }));
    const other = new Served().serve({ latencyNs: 9e6, times: 300 });
    assert.equal(window.read(other.at(6 * SECOND_NS)).requests, 0);
  });

  it('sees that they went back also where there is no budget', () => {
    const { window } = afterSeconds(5, (s) => s.serve({ latencyNs: 1e6, times: 10 }));
    const other = { ...new Served().serve({ latencyNs: 9e6, times: 3 }).at(6 * SECOND_NS), budget: [] };
    assert.equal(window.read(other).requests, 0);
    const bare = new RequestWindow(WINDOW_NS);
    bare.add({ ...other, first: new Served().serve({ latencyNs: 1e6, times: 9 }).at(0).first });
    assert.equal(bare.read({ ...other, atNs: 7 * SECOND_NS }).requests, 0);
  });

  it('leaves out a sample that comes late', () => {
    const served = new Served();
    const window = new RequestWindow(WINDOW_NS);
    window.add(served.at(0));
    window.add(served.serve({ latencyNs: 1e6, times: 4 }).at(2 * SECOND_NS));
    window.add(new Served().at(SECOND_NS));
    const { requests, durationNs } = window.read(served.at(3 * SECOND_NS));
    assert.deepEqual([requests, durationNs], [4, 3 * SECOND_NS]);
  });

  it('covers an hour with few moments', () => {
    const window = new RequestWindow(3600 * SECOND_NS);
    const served = new Served();
    for (let second = 0; second <= 7200; second += 5)
      window.add(served.serve({ latencyNs: second < 3500 ? 9e6 : 1e6 }).at(second * SECOND_NS));
    const { durationNs, p999Ns } = window.read(served.at(7200 * SECOND_NS));
    assert.ok(Math.abs(durationNs - 3600 * SECOND_NS) <= 60 * SECOND_NS, `${durationNs}`);
    near(p999Ns, 1e6);
  });
});

describe('trust', () => {
  const doubted = (requests: number, change: (served: Served) => void) => {
    const { window, served } = afterSeconds(1, (s) => s.serve({ latencyNs: 1e6, times: requests }));
    change(served);
    const { trusted, doubt } = window.read(served.at(2 * SECOND_NS));
    return { trusted, doubt };
  };

  for (const [name, requests, change, doubt] of [
    ['no doubt', 1000, () => {}, null],
    ['one in 1,001', 1001, (s: Served) => s.doubt('http2'), null],
    ['one in 1,000', 1000, (s: Served) => s.doubt('http2'), 'http2'],
    ['several that make one in 1,000', 2000, (s: Served) => s.doubt('tls').doubt('splice'), 'tls'],
    ['the largest is the reason', 100, (s: Served) => s.doubt('tls').doubt('pipelining', 2), 'pipelining'],
    ['a connection not followed', 1e6, (s: Served) => s.doubt('sockets'), 'sockets'],
    ['the same beside a little of another', 1e6, (s: Served) => s.doubt('tls', 9).doubt('sockets'), 'sockets'],
    ['nothing but doubts', 0, (s: Served) => s.doubt('io_uring'), 'io_uring'],
  ] as const) {
    it(name, () => assert.deepEqual(doubted(requests, change), { trusted: doubt === null, doubt }));
  }

  it('comes back once the doubt has left the window', () => {
    const { reading } = afterSeconds(15, (s, second) => {
      s.serve({ latencyNs: 1e6 });
      if (second === 2) for (const doubt of DOUBTS) s.doubt(doubt, 50);
    });
    assert.equal(reading.trusted, true);
  });
});

describe('interval of a P99', () => {
  it('holds the P99 and its ranks', () => {
    const counts = new Float64Array(WAIT_BUCKETS);
    for (let i = 1; i <= 10_000; i++) counts[bucketIndex(i * 1e4)]! += 1;
    const [low, high] = quantileInterval(counts, 0.99)!;
    near(low, (9900 - 1.96 * Math.sqrt(99)) * 1e4);
    near(high!, (9900 + 1.96 * Math.sqrt(99)) * 1e4);
  });

  it('is open where the requests there are hold no upper end', () => {
    const counts = new Float64Array(WAIT_BUCKETS);
    counts[bucketIndex(9e6)] = 350;
    assert.equal(quantileInterval(counts, 0.99)![1], null);
    counts[bucketIndex(9e6)] = 400;
    near(quantileInterval(counts, 0.99)![1]!, 9e6);
    assert.equal(quantileInterval(counts, 0.99, 2)![1], null);
    assert.equal(quantileInterval(new Float64Array(WAIT_BUCKETS), 0.99), null);
  });

  it('never leaves the P99 out', () => {
    const waits = fc.array(fc.integer({ min: 1024, max: 2 ** 35 }), { minLength: 1, maxLength: 500 });
    fc.assert(
      fc.property(waits, (all) => {
        const counts = new Float64Array(WAIT_BUCKETS);
        for (const ns of all) counts[bucketIndex(ns)]! += 1;
        const [low, high] = quantileInterval(counts, 0.99)!;
        const p99 = quantile(counts, 0.99)!;
        return low <= p99 && p99 <= (high ?? Number.POSITIVE_INFINITY);
      }),
    );
  });
});

describe('a latency that the program tells itself', () => {
  const latency = {
    metric: 'http_request_duration_seconds',
    atNs: 0,
    windowSeconds: 15,
    requests: 1200,
    requestsPerSecond: 80,
    sumSeconds: null,
    p50Seconds: 0.002,
    p99Seconds: 0.04,
    p999Seconds: null,
    p99Interval: [0.025, 0.05],
  } as const;

  it('has quantiles and no budget', () => {
    const reading = scrapedReading({ latency, fault: null });
    const { source, requests, durationNs, p50Ns, p99Ns, p999Ns, p99IntervalNs, tail, trusted } = reading;
    assert.deepEqual([source, requests, durationNs, tail, trusted], ['metric', 1200, 15e9, null, true]);
    assert.deepEqual([p50Ns, p99Ns, p999Ns, p99IntervalNs], [2e6, 4e7, null, [2.5e7, 5e7]]);
    assert.deepEqual(scrapedReading({ latency: { ...latency, p99Interval: [10, null] }, fault: null }).p99IntervalNs, [
      1e10,
      null,
    ]);
  });

  it('says why there is none', () => {
    const { fault, requests, durationNs, p99Ns, p99IntervalNs } = scrapedReading({ latency: null, fault: 'HTTP 503' });
    assert.deepEqual([fault, requests, durationNs, p99Ns, p99IntervalNs], ['HTTP 503', 0, 0, null, null]);
  });
});
