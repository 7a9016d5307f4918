import assert from 'node:assert/strict';
import { rmSync, statSync } from 'node:fs';
import { has, scratch } from '../lib/build.ts';
import { startCapture } from '../lib/capture.ts';
import { favourAll } from '../lib/cgroup.ts';
import { defer } from '../lib/cleanup.ts';
import { drive, driveNode, type Load, startClient } from '../lib/client.ts';
import { type Network, network, noNetworks } from '../lib/netns.ts';
import { quantile } from '../lib/quantile.ts';
import { skip } from '../lib/skip.ts';
import * as web from '../lib/webservers.ts';

const PORT = 8080;

/** By the capture: latencies of a server, all of whose answers a client got; none is above the client's. */
async function latencies(at: Network, load: Load): Promise<number[]> {
  const client = await startClient(at.client, at.server.address, PORT, load);
  const capture = await startCapture(at.server, PORT);
  client.begin();
  const told = await client.told();
  const { exchanges, dropped } = await capture.stop();
  assert.equal(dropped, 0);
  assert.equal(told.failures, 0);
  assert.equal(exchanges.length, told.requests);
  const ours = exchanges.map(({ firstNs }) => firstNs).sort((a, b) => a - b);
  const theirs = client.latencies().sort((a, b) => a - b);
  assert.ok(ours.length > 0 && ours.every((ns, i) => ns <= theirs[i]!), 'never above the client');
  return ours;
}

function near(ns: number, leastMs: number, mostMs: number, what: string): void {
  assert.ok(ns >= leastMs * 1e6 && ns <= mostMs * 1e6, `${what}: ${ns / 1e6} ms, not ${leastMs} to ${mostMs}`);
}

describe('the servers that tests measure', function () {
  this.timeout(60_000);
  this.retries(2); // times in milliseconds, on a machine that others may use
  let at: Network;

  beforeEach(function () {
    skip(this, noNetworks());
    favourAll();
    at = network();
  });

  // Node's timers may be a millisecond early and late.
  const servers: [name: string, needs: string, spreadMs: number, start: () => Promise<web.WebServer>][] = [
    ['a thread a connection', 'gcc', 0, () => web.perConnection(at.server, PORT, 'sleep=4000')],
    ['a hand-off of connections', 'gcc', 0, () => web.handOff(at.server, PORT, 'accept', 32, 'sleep=4000')],
    ['a hand-off of requests', 'gcc', 0, () => web.handOff(at.server, PORT, 'read', 32, 'sleep=4000')],
    ['Go', 'go', 0, () => web.goServer(at.server, PORT, 2, 'sleep=4000')],
    ['Node', 'gcc', 1, () => web.nodeServer(at.server, PORT, 'http', 'sleep=4000')],
    ['nginx', 'nginx', 0, () => web.nginxProxy(at.server, PORT, 2, 'sleep=4000')],
    ['splice', 'gcc', 0, () => web.splicer(at.server, PORT, 'sleep=4000')],
  ];
  for (const [name, needs, spreadMs, start] of servers) {
    it(`${name}: does its steps, changes them, at 1, 8 and 32 connections`, async function () {
      skip(this, has(needs) ? null : `not installed: ${needs}`);
      const server = await start();
      for (const connections of [1, 8, 32]) {
        const ours = await latencies(at, { connections, count: 4 * connections + 40 });
        near(ours[0]!, 4 - spreadMs, 5 + spreadMs, 'the fastest');
      }
      await server.steps('sleep=8000');
      near((await latencies(at, { connections: 1, count: 10 }))[0]!, 8 - spreadMs, 9.5 + spreadMs, 'with other steps');
    });
  }

  it('each step takes the time it says', async () => {
    const server = await web.perConnection(at.server, PORT);
    await web.perConnection(at.server, PORT + 1, 'sleep=3000');
    const fastest = async (...words: string[]) => {
      await server.steps(...words);
      return (await latencies(at, { connections: 1, count: 20 }))[0]!;
    };
    near(await fastest(), 0, 0.5, 'none');
    near(await fastest('cpu=3000'), 3, 4, 'cpu');
    near(await fastest('fault=3000'), 3, 4, 'fault');
    near(await fastest('lock=3000'), 3, 4, 'lock');
    near(await fastest(`call=${PORT + 1}`), 3, 4, 'call');
    const file = scratch('synced');
    defer(() => rmSync(file, { force: true }));
    await fastest(`fsync=${file}`);
    assert.equal(statSync(file).size, 4096);
  });

  it('a lock is one for all, also for who holds it beside; some steps are for some requests', async () => {
    const server = await web.perConnection(at.server, PORT, 'lock=2000');
    near(quantile(await latencies(at, { connections: 8, count: 200 }), 0.5), 15, 19, 'the eighth in the queue');
    await server.steps('lock=0', 'holder=20000,40000');
    const held = await latencies(at, { connections: 1, seconds: 1, thinkUs: 1000 });
    near(held[0]!, 0, 0.5, 'free');
    near(held.at(-5)!, 15, 22, 'held'); // once in 60 ms; the very slowest may have met others of the machine
    await server.steps('sleep=1000', 'sleep=10000%10');
    const some = await latencies(at, { connections: 1, count: 100 });
    assert.equal(some.filter((ns) => ns >= 11e6).length, 10);
  });

  it('lognormal times have the median and the tail that they should', async () => {
    await web.perConnection(at.server, PORT, 'lognormal=5000,0.5');
    const ours = await latencies(at, { connections: 16, count: 3000 });
    near(quantile(ours, 0.5), 4.75, 5.5, 'P50');
    near(quantile(ours, 0.99), 16 * 0.8, 16 * 1.35, 'P99'); // 5 x exp(0.5 x 2.326)
  });

  for (const how of ['inline', 'async', 'sqpoll'] as const) {
    it(`io_uring ${how}: answers each request`, async () => {
      await web.ioUring(at.server, PORT, how, 'cpu=100');
      await latencies(at, { connections: 8, count: 1009 });
    });
  }

  for (const protocol of ['h2c', 'tls'] as const) {
    it(`Node by ${protocol}: answers each request`, async () => {
      await web.nodeServer(at.server, PORT, protocol, 'sleep=2000');
      const load = { protocol, connections: 2, streams: 4, seconds: 1 };
      const told = await driveNode(at.client, at.server.address, PORT, load);
      assert.equal(told.failures, 0);
      assert.ok(told.requests > 100, `${told.requests} requests`);
      near(told.p50Ns, 1, 50, 'P50');
    });
  }

  it('requests that do not wait for answers: what comes at once is one for the capture, each has its answer', async () => {
    await web.perConnection(at.server, PORT, 'sleep=1000');
    const capture = await startCapture(at.server, PORT);
    const told = await drive(at.client, at.server.address, PORT, { connections: 2, depth: 5, count: 500 });
    const { exchanges } = await capture.stop();
    assert.deepEqual([told.requests, told.failures, exchanges.length], [500, 0, 100]);
  });
});
