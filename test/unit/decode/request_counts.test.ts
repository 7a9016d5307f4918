import assert from 'node:assert/strict';
import { decodeExemplar } from '../../../src/decode/exemplar.ts';
import {
  BudgetRow,
  Exemplar as Layout,
  RequestDoubt,
  RequestPart,
  RequestStripe,
} from '../../../src/decode/layout.gen.ts';
import { BUDGET_BUCKETS, doubtsOf, RequestCounts } from '../../../src/decode/request_counts.ts';
import { WAIT_BUCKETS } from '../../../src/decode/wait_counts.ts';

const STRIPES = 2;
const POOLS = 3;
const POOL = 1;

/** The mapped table, and what the kernel side would write there. */
function table() {
  const bytes = new ArrayBuffer(POOLS * STRIPES * RequestStripe.size);
  const view = new DataView(bytes);
  const at = (stripe: number, field: number) => (POOL * STRIPES + stripe) * RequestStripe.size + field;
  const count = (stripe: number, field: 'first' | 'last', bucket: number, value: number) =>
    view.setUint32(at(stripe, RequestStripe[field] + 4 * bucket), value, true);
  const u64 = (stripe: number, field: number, value: number) =>
    view.setBigUint64(at(stripe, field), BigInt(value), true);
  const row = (stripe: number, bucket: number, field: number, value: number) =>
    u64(stripe, RequestStripe.budget + bucket * BudgetRow.size + field, value);
  return { counts: new RequestCounts(bytes, POOL, STRIPES), count, u64, row };
}

describe('counts of requests', () => {
  it('a pool with none: nothing, in every bucket', () => {
    const { counts } = table();
    assert.deepEqual([counts.first().length, counts.last().length], [WAIT_BUCKETS, WAIT_BUCKETS]);
    assert.equal(counts.budget().length, BUDGET_BUCKETS);
    assert.ok(counts.budget().every(({ requests, latencyNs }) => requests === 0 && latencyNs === 0));
    assert.ok(counts.first().every((count) => count === 0));
  });

  it('stripes together; ten million, and more than 32 bits hold', () => {
    const { counts, count } = table();
    count(0, 'first', 100, 1e7);
    count(1, 'first', 100, 3);
    assert.equal(counts.first()[100], 1e7 + 3);
    count(0, 'first', 100, 2 ** 32 - 1);
    assert.equal(counts.first()[100], 2 ** 32 + 2);
    count(0, 'first', 100, 6);
    assert.equal(counts.first()[100], 2 ** 32 + 9);
    assert.equal(counts.last()[100], 0);
  });

  it('a row: its parts, what no part explains, moved and shared', () => {
    const { counts, row } = table();
    for (const stripe of [0, 1]) {
      row(stripe, 40, BudgetRow.requests, 2);
      row(stripe, 40, BudgetRow.latency_ns, 3e13);
      row(stripe, 40, BudgetRow.part_ns + 8 * RequestPart.PART_QUEUE, 1e13);
      row(stripe, 40, BudgetRow.part_ns + 8 * RequestPart.PART_RUNQUEUE, 1.5e13);
      row(stripe, 40, BudgetRow.moved, 1);
      row(stripe, 40, BudgetRow.shared_ns, 7);
    }
    const { requests, latencyNs, partNs, moved, sharedNs } = counts.budget()[40]!;
    assert.deepEqual([requests, latencyNs, moved, sharedNs], [4, 6e13, 2, 14]);
    assert.deepEqual([partNs.queue, partNs.runqueue, partNs.oncpu, partNs.unexplained], [2e13, 3e13, 0, 1e13]);
    assert.equal(
      Object.values(partNs).reduce((sum, ns) => sum + ns),
      latencyNs,
    );
  });

  it('doubts, by their reason', () => {
    const { counts, u64 } = table();
    u64(0, RequestStripe.doubted + 8 * RequestDoubt.DOUBT_TLS, 5);
    u64(1, RequestStripe.doubted + 8 * RequestDoubt.DOUBT_TLS, 6);
    const expected = { pipelining: 0, http2: 0, tls: 11, io_uring: 0, splice: 0, sockets: 4 };
    assert.deepEqual(doubtsOf(counts, 4), expected);
  });

  it("a pool's end: all of it is forgotten", () => {
    const { counts, count, row } = table();
    count(1, 'last', 7, 9);
    row(1, 7, BudgetRow.requests, 9);
    counts.clear();
    assert.equal(counts.last()[7], 0);
    assert.equal(counts.budget()[7]!.requests, 0);
  });

  it('an exemplar, as the ring has it', () => {
    const view = new DataView(new ArrayBuffer(Layout.size));
    const u64 = (offset: number, value: number) => view.setBigUint64(offset, BigInt(value), true);
    const u32 = (offset: number, value: number) => view.setUint32(offset, value, true);
    u64(Layout.at_ns, 2 ** 45 + 1);
    u64(Layout.latency_ns, 5e9);
    u64(Layout.part_ns + 8 * RequestPart.PART_ONCPU, 4e9);
    for (const [offset, value] of [
      [Layout.pool, 7],
      [Layout.tid, 4_194_303],
      [Layout.port, 65_535],
      [Layout.moved, 1],
    ])
      u32(offset!, value!);
    const { partNs, ...rest } = decodeExemplar(new Int32Array(view.buffer), 0);
    assert.deepEqual(rest, { pool: 7, tid: 4_194_303, port: 65_535, atNs: 2 ** 45 + 1, latencyNs: 5e9, moved: true });
    assert.deepEqual([partNs.oncpu, partNs.unexplained], [4e9, 1e9]);
  });
});
