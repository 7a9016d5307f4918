import assert from 'node:assert/strict';
import { ConnectFailure, TcpTotals } from '../../../src/decode/layout.gen.ts';
import { TcpCounts } from '../../../src/decode/tcp_counts.ts';
import { WAIT_BUCKETS } from '../../../src/decode/wait_counts.ts';

const POOLS = 3;

/** What the kernel side writes. */
function kernel() {
  const bytes = new ArrayBuffer(POOLS * TcpTotals.size);
  const [u32, u64] = [new Uint32Array(bytes), new BigUint64Array(bytes)];
  return {
    bytes,
    count: (pool: number, offset: number, bucket: number, by: number) => {
      u32[((pool * TcpTotals.size + offset) >> 2) + bucket]! += by;
    },
    set: (pool: number, offset: number, value: bigint) => {
      u64[(pool * TcpTotals.size + offset) >> 3] = value;
    },
  };
}

describe('counts of TCP', () => {
  it('are read each from its place, of one pool', () => {
    const { bytes, count, set } = kernel();
    new BigUint64Array(bytes).fill(77n, 0, TcpTotals.size >> 3);
    new BigUint64Array(bytes).fill(77n, (2 * TcpTotals.size) >> 3);
    count(1, TcpTotals.connects, 10, 3);
    count(1, TcpTotals.rtt, WAIT_BUCKETS - 1, 4);
    set(1, TcpTotals.connect_sum_ns, 2n ** 40n + 5n);
    set(1, TcpTotals.rtt_sum_ns, 6n);
    set(1, TcpTotals.segments_sent, 7n);
    set(1, TcpTotals.retransmits, 8n);
    set(1, TcpTotals.resets_sent, 9n);
    set(1, TcpTotals.resets_received, 10n);
    set(1, TcpTotals.sockets_refused, 11n);
    for (let reason = 0; reason < ConnectFailure.FAILURES; reason++)
      set(1, TcpTotals.failures + 8 * reason, BigInt(20 + reason));
    const counts = new TcpCounts(bytes, 1);
    const { connects, rtt, ...rest } = counts.read();
    assert.deepEqual([connects.length, rtt.length], [WAIT_BUCKETS, WAIT_BUCKETS]);
    assert.deepEqual([connects[10], rtt[WAIT_BUCKETS - 1]], [3, 4]);
    assert.deepEqual(
      [connects, rtt].map((all) => all.reduce((a, b) => a + b)),
      [3, 4],
    );
    assert.deepEqual(rest, {
      connectSumNs: 2 ** 40 + 5,
      connectFailures: { refused: 20, timeout: 21, reset: 22, unreachable: 23, aborted: 24, other: 25 },
      segmentsSent: 7,
      retransmits: 8,
      resets: { sent: 9, received: 10 },
      rttSumNs: 6,
    });
    assert.equal(counts.refused(), 11);
  });

  it('a bucket that wraps goes on', () => {
    const { bytes, count } = kernel();
    const counts = new TcpCounts(bytes, 0);
    count(0, TcpTotals.connects, 5, 2 ** 32 - 1);
    counts.read();
    count(0, TcpTotals.connects, 5, 10);
    assert.equal(counts.read().connects[5], 2 ** 32 + 9);
  });

  it('an index that passes on: nothing is left but a generation, which goes up', () => {
    const { bytes, count, set } = kernel();
    const counts = new TcpCounts(bytes, 1);
    assert.deepEqual([counts.generation(), counts.take(), counts.take()], [0, true, false]);
    count(1, TcpTotals.connects, 10, 3);
    set(1, TcpTotals.segments_sent, 7n);
    set(0, TcpTotals.segments_sent, 7n);
    counts.read();
    counts.release();
    const next = new TcpCounts(bytes, 1);
    assert.deepEqual([next.generation(), next.take()], [1, true]);
    const { connects, segmentsSent } = next.read();
    assert.deepEqual([connects.reduce((a, b) => a + b), segmentsSent], [0, 0]);
    assert.equal(new TcpCounts(bytes, 0).read().segmentsSent, 7);
  });
});
