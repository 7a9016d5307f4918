import assert from 'node:assert/strict';
import { COMPONENTS, type Exemplar } from '../../src/decode/sample.ts';
import { tailBudget } from '../../src/windows/tail.ts';
import { favourAll } from '../lib/cgroup.ts';
import type { Load } from '../lib/client.ts';
import { type Network, network, noNetworks, type Side } from '../lib/netns.ts';
import { openProbes, serve } from '../lib/probe.ts';
import { type Measured, measure, partOf, sumOf } from '../lib/requests.ts';
import { skip } from '../lib/skip.ts';
import { type Spent, type Step, spent, timelines, within } from '../lib/timeline.ts';
import { startTrace } from '../lib/trace.ts';
import { goServer, handOff, nginxProxy, nodeServer, perConnection, type WebServer } from '../lib/webservers.ts';

const PORT = 8080;
const POOL = 3;
const WORKERS = 8;
const SUM_NS = 10e3;
const UNEXPLAINED_SHARE = 0.02;
/** Clocks of the trace and of the probe, at each end of a step. */
const STEP_NS = 30e3;
/** Of all time: a trace, too, misses a wake-up now and then. */
const WRONG_SHARE = 0.01;
/** Of the requests, by more than STEP_NS and 2 %: what is far back is divided in proportion. */
const FAR_SHARE = 0.1;

type Start = (at: Side, ...words: string[]) => Promise<WebServer>;
type Lines = ReadonlyMap<number, Step[]>;
type Truth = (lines: Lines, exemplar: Exemplar, server: WebServer) => Spent | null;

const mixed = ['cpu=200', 'sleep=2000%3'];
const go: Start = (at, ...words) => goServer(at, PORT, 2, ...words);
const node: Start = (at, ...words) => nodeServer(at, PORT, 'http', ...words);
const nginx: Start = (at, ...words) => nginxProxy(at, PORT, 2, ...words);
const perConn: Start = (at, ...words) => perConnection(at, PORT, ...words);
const accepting: Start = (at, ...words) => handOff(at, PORT, 'accept', WORKERS, ...words);
const reading: Start = (at, ...words) => handOff(at, PORT, 'read', WORKERS, ...words);

/** The serving thread's own life, from arrival to response. */
const ownLife: Truth = (lines, { tid, atNs, latencyNs }) => spent(lines.get(tid), atNs - latencyNs, atNs);

/** The same; but where a thread of a hand-off pool is blocked, it waits for the one of them who wakes it. */
const handedOver: Truth = (lines, { tid, atNs, latencyNs }, server) =>
  together(lines, new Set(server.tids), tid, atNs - latencyNs, atNs);

function together(lines: Lines, tids: ReadonlySet<number>, tid: number, fromNs: number, toNs: number): Spent | null {
  let sums = spent(lines.get(tid), fromNs, toNs);
  if (!sums) return null;
  for (const step of within(lines.get(tid)!, fromNs, toNs)) {
    if (step.state !== 'blocked' || !tids.has(step.waker) || step.waker === tid) continue;
    const other = together(lines, tids, step.waker, step.fromNs, step.toNs);
    if (other) sums = plus({ ...sums, blockedNs: sums.blockedNs - (step.toNs - step.fromNs) }, other);
  }
  return sums;
}

/** With idle workers, and each connection asked for again by the time: the acceptor reads and wakes one at once. */
const woken: Truth = (lines, { tid, atNs, latencyNs }, server) => {
  const acceptor = server.tids[0]!;
  const worker = lines.get(tid) ?? [];
  const wakes = within(worker, atNs - latencyNs, atNs).filter(
    ({ state, waker }) => state === 'blocked' && waker === acceptor,
  );
  if (wakes.length !== 1) return null;
  const before = spent(lines.get(acceptor), atNs - latencyNs, wakes[0]!.toNs);
  if (before && before.blockedNs > STEP_NS) return null;
  const after = spent(worker, wakes[0]!.toNs, atNs);
  return before && after && plus(before, after);
};

function plus(a: Spent, b: Spent): Spent {
  return {
    cpuNs: a.cpuNs + b.cpuNs,
    waitNs: a.waitNs + b.waitNs,
    throttledNs: a.throttledNs + b.throttledNs,
    blockedNs: a.blockedNs + b.blockedNs,
  };
}

function told({ partNs }: Exemplar): Spent {
  const blocked = COMPONENTS.filter((component) => component.startsWith('blocked_'));
  return {
    cpuNs: partNs.queue + partNs.oncpu,
    waitNs: partNs.wakeup + partNs.runqueue,
    throttledNs: partNs.throttled,
    blockedNs: blocked.reduce((sum, component) => sum + partNs[component], 0),
  };
}

/** The most that one of the four differs by. */
function apart(a: Spent, b: Spent): number {
  return Math.max(...(Object.keys(a) as (keyof Spent)[]).map((field) => Math.abs(a[field] - b[field])));
}

/** 99.9 % of requests within 10 us of their sum. */
function assertSums({ exemplars }: Measured, what: string): void {
  const off = exemplars.filter(({ partNs }) => Math.abs(partNs.unexplained) > SUM_NS);
  assert.ok(exemplars.length > 300, `${exemplars.length} requests seen, ${what}`);
  assert.ok(
    off.length <= exemplars.length / 1000,
    `${off.length} of ${exemplars.length} off, ${what}: ${show(off[0])}`,
  );
}

function show(exemplar: Exemplar | undefined): string {
  return JSON.stringify(exemplar);
}

function assertExplained({ counted }: Measured, what: string): void {
  const { partNs, meanNs } = tailBudget(counted.rows)!;
  const share = Math.abs(partNs.unexplained) / meanNs;
  assert.ok(share < UNEXPLAINED_SHARE, `${share} of the tail is unexplained, ${what}`);
}

describe('requests: the budget', function () {
  this.timeout(60_000);
  this.retries(2);
  let at: Network;

  beforeEach(function () {
    skip(this, noNetworks());
    favourAll();
    at = network();
  });

  async function served(start: Start, ...words: string[]) {
    const server = await start(at.server, ...words);
    const probes = await openProbes({ exemplars: 1e6 });
    serve(probes, POOL, server.pids, [PORT]);
    return { server, probes, load: (load: Load) => measure(at, probes, { pool: POOL, port: PORT }, load) };
  }

  const all: [string, Start, string[]][] = [
    ['Go', go, mixed],
    ['Node', node, mixed],
    ['nginx', nginx, ['cpu=100', 'lognormal=1000,0.5']],
    ['a thread a connection', perConn, mixed],
    ['a hand-off pool, its workers reading', accepting, mixed],
    ['a hand-off pool, its acceptor reading', reading, mixed],
  ];
  for (const [name, start, words] of all) {
    it(`${name}: it sums to the latency, and little of the tail is unexplained`, async () => {
      const { load } = await served(start, ...words);
      for (const connections of [8, 32]) {
        const measured = await load({ connections, count: 1200 });
        assertSums(measured, `${connections} connections`);
        if (name !== 'Go') assertExplained(measured, `${connections} connections`);
      }
    });
  }

  it('a new thread for each connection: what its starter did until then', async () => {
    const { load } = await served(perConn, 'cpu=200');
    const measured = await load({ connections: 8, count: 1009, reconnect: 1 });
    assertSums(measured, 'reconnecting');
    assertExplained(measured, 'reconnecting');
  });

  const busy = { connections: 8, count: 1500 };
  const easy = { connections: 2, count: 700, thinkUs: 1000 };
  const split: [string, Start, string[], Truth, Load][] = [
    ['Node', node, mixed, ownLife, busy],
    ['nginx', nginx, ['cpu=100', 'lognormal=1000,0.5'], ownLife, busy],
    ['a thread a connection', perConn, mixed, ownLife, busy],
    ['a hand-off pool, its workers reading', accepting, ['cpu=200'], handedOver, busy],
    ['a hand-off pool, its acceptor reading', reading, ['cpu=200'], woken, easy],
  ];
  for (const [name, start, words, truth, how] of split) {
    it(`${name}: each request's parts are those of a trace of every event`, async () => {
      const { server, load } = await served(start, ...words);
      const trace = await startTrace();
      const { exemplars } = await load(how);
      const tids = new Set([...server.tids, ...exemplars.map(({ tid }) => tid)]);
      const events = await trace.stop();
      assert.equal(events.lost, 0);
      const lines = timelines(events, tids);
      const pairs = exemplars.flatMap((exemplar) => {
        const true_ = truth(lines, exemplar, server);
        return true_ ? [{ exemplar, offNs: apart(told(exemplar), true_) }] : [];
      });
      assert.ok(pairs.length > 300, `${pairs.length} of ${exemplars.length} requests in the trace`);
      const latencyNs = pairs.reduce((sum, { exemplar }) => sum + exemplar.latencyNs, 0);
      const offNs = pairs.reduce((sum, pair) => sum + pair.offNs, 0);
      assert.ok(offNs <= WRONG_SHARE * latencyNs, `${offNs} ns of ${latencyNs} in the wrong part`);
      const far = pairs.filter(({ exemplar, offNs }) => offNs > Math.max(STEP_NS, 0.02 * exemplar.latencyNs));
      assert.ok(
        far.length <= FAR_SHARE * pairs.length,
        `${far.length} of ${pairs.length} far off: ${show(far[0]?.exemplar)}`,
      );
    });
  }

  it('how many requests changed thread: all of a pool whose acceptor reads, some of Go, else none', async () => {
    const moved: [Start, (share: number) => boolean][] = [
      [reading, (share) => share === 1],
      [accepting, (share) => share === 0],
      [perConn, (share) => share === 0],
      [node, (share) => share === 0],
      [go, (share) => share > 0 && share < 1],
    ];
    for (const [start, expected] of moved) {
      const { server, load } = await served(start, 'cpu=100', 'sleep=1000');
      const { counted } = await load({ connections: 4, count: 200 });
      const share = sumOf(counted.rows, 'moved') / counted.requests;
      assert.ok(expected(share), `${server.name}: ${share}`);
      await server.stop();
    }
  });

  it("on-CPU time that may be others': none of a server that does one thing at a time, all that is too much of Node", async () => {
    const { load } = await served(node, 'cpu=500', 'sleep=3000', 'cpu=500');
    const { counted: alone } = await load({ connections: 1, count: 50 });
    assert.equal(sumOf(alone.rows, 'sharedNs'), 0);
    const ownNs = partOf(alone.rows, 'oncpu') / alone.requests;
    assert.ok(ownNs > 1e6, `${ownNs} ns a request, which computes for 1 ms`);
    const { counted: many } = await load({ connections: 8, count: 400 });
    const [oncpuNs, sharedNs] = [partOf(many.rows, 'oncpu'), sumOf(many.rows, 'sharedNs')];
    const othersNs = oncpuNs - many.requests * ownNs;
    assert.ok(othersNs > 0.3 * oncpuNs, `${othersNs} of ${oncpuNs} ns on the CPU are others'`);
    assert.ok(sharedNs >= othersNs && sharedNs <= oncpuNs, `${sharedNs} ns may be, ${othersNs} are`);
  });
});
