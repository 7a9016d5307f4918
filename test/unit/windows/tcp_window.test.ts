import assert from 'node:assert/strict';
import type { TcpSample } from '../../../src/decode/sample.ts';
import { bucketIndex, WAIT_BUCKETS } from '../../../src/windows/histogram.ts';
import { TcpWindow } from '../../../src/windows/tcp_window.ts';
import { SECOND_NS, tcpAfter } from '../metrics/fixture.ts';

const WINDOW_NS = 10 * SECOND_NS;

function afterSeconds(seconds: number, sampleAt = tcpAfter): TcpWindow {
  const window = new TcpWindow(WINDOW_NS);
  for (let second = 0; second <= seconds; second++) window.add(sampleAt(second), second * SECOND_NS);
  return window;
}

function counts(ns: number, count: number): Float64Array {
  const all = new Float64Array(WAIT_BUCKETS);
  all[bucketIndex(ns)] = count;
  return all;
}

function near(actual: number | null, expected: number): void {
  assert.ok(actual !== null && Math.abs(actual - expected) <= 0.016 * expected, `${actual} is not near ${expected}`);
}

describe('window of connections', () => {
  it('knows nothing before the second sample', () => {
    const window = new TcpWindow(WINDOW_NS);
    assert.equal(window.read(tcpAfter(1), SECOND_NS), null);
    window.add(tcpAfter(1), SECOND_NS);
    assert.equal(window.read(tcpAfter(1), SECOND_NS), null);
  });

  it('counts over the last seconds only, up to the read', () => {
    const seen = afterSeconds(30).read(tcpAfter(31), 31 * SECOND_NS)!;
    const { segmentsSent, retransmits, connects, connectFailures, acceptOverflows } = seen;
    assert.deepEqual([segmentsSent, retransmits, connects], [13_000, 260, 50]);
    assert.deepEqual([connectFailures, acceptOverflows], [0, 0]); // all of them before the window
    near(seen.rttP50Ns, 20.4e6);
    near(seen.connectP99Ns, 20.2e6);
  });

  it('forgets round trips and failures that are older', () => {
    const slowOnce = (second: number): TcpSample => ({
      ...tcpAfter(0),
      rtt: counts(9e8, second > 0 ? 50 : 0),
      connectFailures: { ...tcpAfter(0).connectFailures, refused: Math.min(second, 25) },
    });
    const seen = afterSeconds(30, slowOnce).read(slowOnce(30), 30 * SECOND_NS)!;
    assert.deepEqual([seen.rttP50Ns, seen.connectP99Ns, seen.connectFailures], [null, null, 5]);
  });

  it('begins anew where the counters went back', () => {
    const window = afterSeconds(5);
    assert.equal(window.read(tcpAfter(1), 6 * SECOND_NS), null);
    window.add(tcpAfter(1), 6 * SECOND_NS);
    assert.equal(window.read(tcpAfter(2), 7 * SECOND_NS)!.segmentsSent, 1300);
  });

  it('leaves out a sample that comes late', () => {
    const window = afterSeconds(5);
    window.add(tcpAfter(3), 3 * SECOND_NS);
    assert.equal(window.read(tcpAfter(6), 6 * SECOND_NS)!.segmentsSent, 6 * 1300);
  });
});
