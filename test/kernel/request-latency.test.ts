import assert from 'node:assert/strict';
import { COMPONENTS } from '../../src/decode/sample.ts';
import { bucketLow, quantile as quantileOf } from '../../src/windows/histogram.ts';
import { favourAll } from '../lib/cgroup.ts';
import type { Load } from '../lib/client.ts';
import { type Network, network, noNetworks, type Side } from '../lib/netns.ts';
import { openProbes, serve } from '../lib/probe.ts';
import { quantile } from '../lib/quantile.ts';
import { between, type Measured, measure, partOf, sumOf } from '../lib/requests.ts';
import { skip } from '../lib/skip.ts';
import { goServer, handOff, nginxProxy, nodeServer, perConnection, type WebServer } from '../lib/webservers.ts';

const PORT = 8080;
const POOL = 3;
const WORKERS = 8;
/** What P50 and P99 may differ from the packets' by: whichever is more. */
const SHARE = 0.02;
const SLACK_NS = 20e3;
const SLOW_MS = 5;
/** Seen before or after the sending, the response is the same. */
const SEND_NS = 10e3;
/** Requests of one load, by its connections. */
const COUNTS: [connections: number, count: number][] = [
  [1, 101],
  [8, 600],
  [32, 1000],
];

const SERVERS: Record<string, (at: Side, ...words: string[]) => Promise<WebServer>> = {
  Go: (at, ...words) => goServer(at, PORT, 2, ...words),
  Node: (at, ...words) => nodeServer(at, PORT, 'http', ...words),
  'nginx with a slow handler': (at, ...words) => nginxProxy(at, PORT, 2, ...words),
  'a hand-off pool, its workers reading': (at, ...words) => handOff(at, PORT, 'accept', WORKERS, ...words),
  'a hand-off pool, its acceptor reading': (at, ...words) => handOff(at, PORT, 'read', WORKERS, ...words),
};

/** No value of the probe's, by its bucket's lower bound, is above the client's of the same rank. */
function assertBelow(first: Float64Array, clients: readonly number[]): void {
  const ours = [...first].flatMap((count, bucket) => Array.from({ length: count }, () => bucketLow(bucket)));
  const above = ours.findIndex((lowNs, rank) => lowNs > Math.max(clients[rank]!, bucketLow(1)));
  assert.equal(above, -1, `rank ${above}: ${ours[above]} ns, ${clients[above]} at the client`);
}

function assertNear(counts: Float64Array, truth: readonly number[], q: number, share: number, what: string): void {
  const [ours, theirs] = [quantileOf(counts, q)!, quantile(truth, q)];
  const allowed = Math.max(share * theirs, SLACK_NS);
  assert.ok(Math.abs(ours - theirs) <= allowed, `P${100 * q} ${what}: ${ours} ns, ${theirs} is true`);
}

/** Counts exact, quantiles those of the packets, nothing above the client's. */
function assertTrue({ counted, captured, told, latencies }: Measured, what: string): void {
  assert.deepEqual([captured.dropped, told.failures], [0, 0]);
  assert.equal(captured.exchanges.length, told.requests);
  assert.equal(counted.requests, captured.exchanges.length, `requests, ${what}`);
  assert.equal(sumOf(counted.rows, 'requests'), counted.requests);
  const firsts = captured.exchanges.map(({ firstNs }) => firstNs);
  const lasts = captured.exchanges.map(({ lastNs }) => lastNs);
  for (const q of [0.5, 0.99]) {
    assertNear(counted.first, firsts, q, SHARE, `${what}, from the first byte`);
    assertNear(counted.last, lasts, q, SHARE, `${what}, from the last byte`);
  }
  assertBelow(counted.first, latencies);
  const sumNs = latencies.reduce((sum, ns) => sum + ns, 0);
  assert.ok(sumOf(counted.rows, 'latencyNs') <= sumNs, 'together above the client');
}

describe('requests: latency', function () {
  this.timeout(60_000);
  this.retries(2);
  let at: Network;

  beforeEach(function () {
    skip(this, noNetworks());
    favourAll();
    at = network();
  });

  /** A server of pool POOL, and what measures a load on it. */
  async function served(start: (at: Side) => Promise<WebServer>) {
    const server = await start(at.server);
    const probes = await openProbes();
    serve(probes, POOL, server.pids, [PORT]);
    const load = (load: Load, address?: string) =>
      measure(at, probes, { pool: POOL, port: PORT, ...(address && { address }) }, load);
    return { server, load };
  }

  for (const [name, start] of Object.entries(SERVERS)) {
    it(`${name}: that of packets at the server's device, with 1, 8 and 32 connections`, async () => {
      const { server, load } = await served((side) => start(side, 'cpu=200'));
      for (const [connections, count] of COUNTS) {
        await server.steps('cpu=200');
        assertTrue(await load({ connections, count }), `${connections} connections, computing`);
        await server.steps('cpu=50', `sleep=${SLOW_MS * 1000}`, `sleep=${SLOW_MS * 1000}%10`);
        const slow = await load({ connections, count });
        assertTrue(slow, `${connections} connections, sleeping`);
        for (const q of [0.5, 0.99]) assertNear(slow.counted.first, slow.latencies, q, 0.1, 'beside the client');
      }
    });
  }

  it('requests in two segments: from the first and from the last', async () => {
    const { load } = await served((side) => perConnection(side, PORT, 'sleep=1000'));
    const split = await load({ connections: 8, count: 600, splitUs: 3000, bodyBytes: 20_000 });
    assertTrue(split, 'split');
    const gapNs = quantileOf(split.counted.first, 0.5)! - quantileOf(split.counted.last, 0.5)!;
    assert.ok(Math.abs(gapNs - 3e6) < 0.1 * 3e6, `${gapNs} ns between segments sent 3 ms apart`);
  });

  it('what comes in pieces waits for its client, whatever its worker does meanwhile', async () => {
    const { load } = await served((side) => nodeServer(side, PORT, 'http', 'cpu=300'));
    const { counted, captured } = await load({ connections: 16, count: 800, splitUs: 10_000, bodyBytes: 20_000 });
    const lateNs = captured.exchanges.reduce((sum, { firstNs, lastNs }) => sum + firstNs - lastNs, 0);
    const [network, oncpu] = [partOf(counted.rows, 'blocked_network'), partOf(counted.rows, 'oncpu')];
    assert.ok(lateNs / counted.requests > 8e6, `pieces ${lateNs / counted.requests} ns apart`);
    assert.ok(Math.abs(network - lateNs) < 0.02 * lateNs, `network ${network}, but ${lateNs} is true`);
    assert.ok(oncpu / counted.requests < 1e6, `${oncpu / counted.requests} ns of on-CPU, of 300 us`);
  });

  it('over IPv6, on connections of one request, as many as come', async () => {
    const { load } = await served((side) => perConnection(side, PORT, 'cpu=100'));
    assertTrue(await load({ connections: 4, count: 1009, reconnect: 1 }, at.server.address6), 'reconnecting');
  });

  it('in an open loop', async () => {
    const { load } = await served((side) => nodeServer(side, PORT, 'http', 'cpu=300'));
    assertTrue(await load({ connections: 16, ratePerSecond: 1500, count: 1500 }), 'open loop');
  });

  it('where the response is seen only after the sending: the same within 10 us', async () => {
    const server = await handOff(at.server, PORT, 'accept', WORKERS, 'cpu=100', 'sleep=1000');
    const best = await openProbes();
    const late = await openProbes({ answers: 'on_send_length' });
    assert.notEqual(best.request.answers, late.request.answers);
    for (const probes of [best, late]) serve(probes, POOL, server.pids, [PORT]);
    const before = late.request.sample(POOL);
    const easy = { connections: 2, count: 500, thinkUs: 500 }; // whom a response wakes may take the sender's CPU
    const { counted } = await measure(at, best, { pool: POOL, port: PORT }, easy);
    const same = between(before, late.request.sample(POOL));
    assert.equal(same.requests, counted.requests);
    const apartNs = (sumOf(same.rows, 'latencyNs') - sumOf(counted.rows, 'latencyNs')) / counted.requests;
    assert.ok(apartNs >= 0 && apartNs < SEND_NS, `${apartNs} ns a request`);
    for (const component of COMPONENTS) {
      const ns = (partOf(same.rows, component) - partOf(counted.rows, component)) / counted.requests;
      assert.ok(Math.abs(ns) < SEND_NS, `${component}: ${ns} ns a request`);
    }
  });
});
