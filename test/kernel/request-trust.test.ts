import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Doubt } from '../../src/decode/sample.ts';
import { quantile as quantileOf } from '../../src/windows/histogram.ts';
import { favourAll } from '../lib/cgroup.ts';
import { driveNode, type Load } from '../lib/client.ts';
import { redis, resp } from '../lib/databases.ts';
import { type Network, network, noNetworks } from '../lib/netns.ts';
import { freePort } from '../lib/ports.ts';
import { openProbes, serve } from '../lib/probe.ts';
import { quantile } from '../lib/quantile.ts';
import { type Counted, countRequests, doubtsIn, measure } from '../lib/requests.ts';
import { skip } from '../lib/skip.ts';
import { hearAnswers, talkTo } from '../lib/talk.ts';
import { ioUring, nodeServer, perConnection, splicer, type WebServer } from '../lib/webservers.ts';
import { startWorkload } from '../lib/workload.ts';

const PORT = 8080;
const POOL = 3;
const MESSAGE_BYTES = 64;
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n'.length;
const GET = 'GET /index.html HTTP/1.1\r\nHost: here\r\n\r\n';

describe('requests: what cannot be seen rightly', function () {
  this.timeout(60_000);
  this.retries(2);
  let at: Network;

  beforeEach(function () {
    skip(this, noNetworks());
    favourAll();
    at = network();
  });

  async function loaded(server: WebServer, load: Load) {
    const probes = await openProbes();
    serve(probes, POOL, server.pids, [PORT]);
    return measure(at, probes, { pool: POOL, port: PORT }, load);
  }

  function assertDoubted(counted: Counted, doubt: Doubt): void {
    assert.deepEqual(doubtsIn(counted), [doubt]);
    assert.ok(counted.doubted[doubt] * 2 > counted.requests, `${counted.doubted[doubt]} of ${counted.requests}`);
  }

  describe('pipelining', () => {
    const http: [string, Load][] = [
      ['GET, four in a segment', { connections: 4, count: 800, depth: 4 }],
      ['POST with bodies, three in a segment', { connections: 4, count: 600, depth: 3, bodyBytes: 40 }],
    ];
    for (const [name, load] of http) {
      it(`HTTP: ${name}`, async () => {
        const { counted } = await loaded(await perConnection(at.server, PORT, 'cpu=50'), load);
        assertDoubted(counted, 'pipelining');
      });
    }

    it('HTTP: one behind the other, before the answer', async () => {
      const port = await freePort();
      const server = await startWorkload('perconn', port, 'sleep=3000');
      const counted = await countRequests([server.pid], port);
      const talk = await talkTo(port);
      for (let i = 0; i < 10; i++) {
        await talk.say([GET, GET, GET], 1);
        await hearAnswers(talk, 3);
      }
      assertDoubted(counted(), 'pipelining');
    });

    it('Redis: in a segment, and one behind the other', async function () {
      const { pid, port } = await redis(this);
      const ping = resp('PING');
      for (const [parts, answers] of [
        [[ping + ping + ping], 3],
        [[ping, ping, ping], 3],
      ] as const) {
        const counted = await countRequests([pid], port);
        const talk = await talkTo(port);
        for (let i = 0; i < 40; i++) {
          await talk.say(parts);
          await talk.hear(answers * '+PONG\r\n'.length);
          await sleep(1);
        }
        const { doubted, requests } = counted();
        assert.ok(
          doubted.pipelining > 0 || (parts.length > 1 && requests === 120),
          JSON.stringify([requests, doubted]),
        );
      }
    });

    it('any protocol: messages that come while one is answered', async () => {
      const port = await freePort();
      const server = await startWorkload('reader', port, `bytes=${MESSAGE_BYTES}`, 'sleep=3000');
      const counted = await countRequests([server.pid], port);
      const talk = await talkTo(port);
      for (let i = 0; i < 10; i++) {
        await talk.say(
          Array.from({ length: 3 }, () => '\x00'.repeat(MESSAGE_BYTES)),
          1,
        );
        await talk.hear(3 * ANSWER);
      }
      assertDoubted(counted(), 'pipelining');
    });
  });

  for (const [protocol, doubt] of [
    ['h2c', 'http2'],
    ['tls', 'tls'],
  ] as const) {
    it(`${protocol}: connections from their beginning`, async () => {
      const server = await nodeServer(at.server, PORT, protocol);
      const counted = await countRequests(server.pids, PORT);
      await driveNode(at.client, at.server.address, PORT, { protocol, connections: 3, streams: 4, seconds: 1 });
      assertDoubted(counted(), doubt);
    });

    it(`${protocol}: connections that are older than the probe`, async () => {
      const server = await nodeServer(at.server, PORT, protocol);
      const load = { protocol, connections: 3, streams: 4, seconds: 2 };
      const driven = driveNode(at.client, at.server.address, PORT, load);
      await sleep(700);
      const counted = await countRequests(server.pids, PORT);
      await driven;
      assertDoubted(counted(), doubt);
    });
  }

  it('frames of gRPC on a connection that is older', async () => {
    const port = await freePort();
    const server = await startWorkload('reader', port, 'bytes=40');
    const talk = await talkTo(port);
    const call = frames();
    await talk.say([call]);
    await talk.hear(ANSWER);
    const counted = await countRequests([server.pid], port);
    for (let i = 0; i < 20; i++) {
      await talk.say([call]);
      await talk.hear(ANSWER);
    }
    assertDoubted(counted(), 'http2');
  });

  for (const how of ['async', 'sqpoll'] as const) {
    it(`io_uring, ${how}: doubted, or right`, async () => {
      const { counted, captured } = await loaded(await ioUring(at.server, PORT, how, 'cpu=100'), {
        connections: 4,
        count: 1000,
      });
      assert.equal(counted.requests, captured.exchanges.length);
      assertDoubted(counted, 'io_uring');
    });
  }

  it('io_uring, inline: right', async () => {
    const server = await ioUring(at.server, PORT, 'inline', 'cpu=100');
    const { counted, captured } = await loaded(server, { connections: 4, count: 1000 });
    assert.equal(counted.requests, captured.exchanges.length);
    assert.deepEqual(doubtsIn(counted), []);
    const firsts = captured.exchanges.map(({ firstNs }) => firstNs);
    for (const q of [0.5, 0.99]) {
      const [ours, theirs] = [quantileOf(counted.first, q)!, quantile(firsts, q)];
      assert.ok(Math.abs(ours - theirs) < Math.max(20e3, 0.02 * theirs), `${ours}, ${theirs}`);
    }
  });

  it('splice', async () => {
    const server = await splicer(at.server, PORT, 'cpu=100');
    const { counted } = await loaded(server, { connections: 4, count: 1000 });
    assertDoubted(counted, 'splice');
  });
});

/** HEADERS of stream 1 and DATA, 40 bytes. */
function frames(): Uint8Array {
  const headers = [0, 0, 12, 1, 4, 0, 0, 0, 1, ...Array.from({ length: 12 }, () => 0x82)];
  const data = [0, 0, 10, 0, 1, 0, 0, 0, 1, ...Array.from({ length: 10 }, () => 0)];
  return Uint8Array.from([...headers, ...data]);
}
