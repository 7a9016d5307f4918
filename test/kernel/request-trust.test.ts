import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'mocha';
import type { Doubt } from '../../src/decode/sample.ts';
import { quantile as quantileOf } from '../../src/windows/histogram.ts';
import { has } from '../lib/build.ts';
import { defer } from '../lib/cleanup.ts';
import { driveNode, type Load } from '../lib/client.ts';
import { type Network, network, noNetworks } from '../lib/netns.ts';
import { freePort } from '../lib/ports.ts';
import { type OpenProbes, openProbes, serve } from '../lib/probe.ts';
import { quantile } from '../lib/quantile.ts';
import { between, type Counted, doubtsIn, measure } from '../lib/requests.ts';
import { start } from '../lib/servers.ts';
import { skip } from '../lib/skip.ts';
import { type Talk, talkTo } from '../lib/talk.ts';
import { ioUring, nginxFile, nodeServer, perConnection, splicer, type WebServer } from '../lib/webservers.ts';
import { startWorkload } from '../lib/workload.ts';

const PORT = 8080;
const POOL = 3;
const MESSAGE_BYTES = 64;
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n'.length;
const GET = 'GET /index.html HTTP/1.1\r\nHost: here\r\n\r\n';

describe('requests: what cannot be seen rightly', function () {
  this.timeout(30_000);
  this.retries(2);
  let at: Network;
  let probes: OpenProbes;

  beforeEach(function () {
    skip(this, noNetworks());
    at = network();
  });

  /** What is counted from now on. */
  function counting(): () => Counted {
    const before = probes.request.sample(POOL);
    return () => between(before, probes.request.sample(POOL));
  }

  async function watched(server: WebServer): Promise<void> {
    probes = await openProbes();
    serve(probes, POOL, server.pids, [server.port]);
  }

  async function loaded(server: WebServer, load: Load) {
    await watched(server);
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
      await watched({ pids: [server.pid], port } as WebServer);
      const counted = counting();
      const talk = await talkTo(port);
      for (let i = 0; i < 10; i++) {
        await talk.say([GET, GET, GET], 1);
        await hearAnswers(talk, 3);
      }
      assertDoubted(counted(), 'pipelining');
    });

    it('Redis: in a segment, and one behind the other', async function () {
      const port = await redis(this);
      const ping = resp('PING');
      for (const [parts, answers] of [
        [[ping + ping + ping], 3],
        [[ping, ping, ping], 3],
      ] as const) {
        const counted = counting();
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
      await watched({ pids: [server.pid], port } as WebServer);
      const counted = counting();
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

  async function hearAnswers(talk: Talk, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      let head = '';
      while (!head.endsWith('\r\n\r\n')) head += await talk.hear(1);
      await talk.hear(Number(/content-length: (\d+)/i.exec(head)![1]));
    }
  }

  /** Redis, watched; its port. */
  async function redis(context: Context): Promise<number> {
    skip(context, has('redis-server') ? null : 'not installed: redis-server');
    const port = await freePort();
    const { pid } = start('redis-server', ['--port', String(port), '--save', '', '--logfile', '/dev/null']);
    await answering(port);
    await watched({ pids: [pid!], port } as WebServer);
    return port;
  }

  async function answering(port: number): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      if (
        await talkTo(port)
          .then((talk) => talk.end())
          .then(
            () => true,
            () => false,
          )
      )
        return;
      await sleep(20);
    }
    throw new Error(`nothing answers on port ${port}`);
  }

  for (const [protocol, doubt] of [
    ['h2c', 'http2'],
    ['tls', 'tls'],
  ] as const) {
    it(`${protocol}: connections from their beginning`, async () => {
      const server = await nodeServer(at.server, PORT, protocol);
      await watched(server);
      const counted = counting();
      await driveNode(at.client, at.server.address, PORT, { protocol, connections: 3, streams: 4, seconds: 1 });
      assertDoubted(counted(), doubt);
    });

    it(`${protocol}: connections that are older than the probe`, async () => {
      const server = await nodeServer(at.server, PORT, protocol);
      const load = { protocol, connections: 3, streams: 4, seconds: 2 };
      const driven = driveNode(at.client, at.server.address, PORT, load);
      await sleep(700);
      await watched(server);
      const counted = counting();
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
    await watched({ pids: [server.pid], port } as WebServer);
    const counted = counting();
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

  describe('and nothing is wrong with', () => {
    function assertTrusted(counted: Counted, requests: number): void {
      assert.equal(counted.requests, requests);
      assert.deepEqual(doubtsIn(counted), []);
    }

    it('HTTP/1.1 with keep-alive, by nginx', async function () {
      skip(this, has('nginx') ? null : 'not installed: nginx');
      const pids = await nginxFile(at.server, PORT, 2);
      const { counted, told } = await loaded({ pids, port: PORT } as WebServer, { connections: 8, count: 5000 });
      assertTrusted(counted, told.requests);
    });

    it('bodies of capitals, empty lines and what looks like requests', async () => {
      const port = await freePort();
      const server = await startWorkload('perconn', port);
      await watched({ pids: [server.pid], port } as WebServer);
      const counted = counting();
      const talk = await talkTo(port);
      const bodies = ['GET LOST\r\n\r\nPOST IT\r\n\r\nHELLO\r\n\r\n', `${GET}${GET}`, '*3\r\n$3\r\n*1\r\n'];
      for (const body of [...bodies, ...bodies, ...bodies, ...bodies]) {
        const head = `POST /form HTTP/1.1\r\nHost: here\r\nContent-Length: ${body.length}\r\n\r\n`;
        await talk.say([head + body]);
        await hearAnswers(talk, 1);
        await talk.say([head, body], 2);
        await hearAnswers(talk, 1);
        await sleep(11); // the next one is looked through as a whole again
      }
      assertTrusted(counted(), 24);
    });

    it('Redis, with stars in its arguments', async function () {
      const port = await redis(this);
      const counted = counting();
      const talk = await talkTo(port);
      const commands = [
        ['KEYS', '*'],
        ['SET', '*', '*1\r\n$4\r\nPING'],
        ['GET', '*'],
        ['XADD', 's', '*', 'a', '*2'],
      ];
      for (let i = 0; i < 40; i++) {
        await talk.say([resp(...commands[i % 4]!)]);
        await talk.hear(1);
        await sleep(i < 20 ? 11 : 2);
        talk.forget();
      }
      assertTrusted(counted(), 40);
    });

    it('binary messages, as of WebSocket', async () => {
      const port = await freePort();
      const server = await startWorkload('reader', port, `bytes=${MESSAGE_BYTES}`);
      await watched({ pids: [server.pid], port } as WebServer);
      const counted = counting();
      for (const first of [0x00, 0x01, 0x14, 0x2a, 0x47, 0x81, 0x82, 0xff]) {
        const talk = await talkTo(port);
        for (let i = 0; i < 8; i++) {
          await talk.say([message(first, i)]);
          await talk.hear(ANSWER);
        }
      }
      assertTrusted(counted(), 64);
    });

    it('PostgreSQL without TLS', async function () {
      const { port, pid, ask } = await postgres(this);
      await watched({ pids: [pid], port } as WebServer);
      const counted = counting();
      await ask('SELECT 1;', 50);
      const { requests } = counted();
      assert.ok(requests >= 50, `${requests} requests`);
      assertTrusted(counted(), requests);
    });
  });
});

function resp(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

/** HEADERS of stream 1 and DATA, 40 bytes. */
function frames(): Uint8Array {
  const headers = [0, 0, 12, 1, 4, 0, 0, 0, 1, ...Array.from({ length: 12 }, () => 0x82)];
  const data = [0, 0, 10, 0, 1, 0, 0, 0, 1, ...Array.from({ length: 10 }, () => 0)];
  return Uint8Array.from([...headers, ...data]);
}

/** A masked frame whose first byte is given; the rest by a fixed rule. */
function message(first: number, i: number): Uint8Array {
  return Uint8Array.from({ length: MESSAGE_BYTES }, (_, at) => (at === 0 ? first : (at * 167 + i * 73 + first) % 251));
}

/** A server of its own, and a client that asks the same again and again. */
async function postgres(context: Context) {
  const bin = '/usr/lib/postgresql/15/bin';
  skip(context, has('psql') ? null : 'not installed: psql');
  const folder = mkdtempSync(join(tmpdir(), 'pooldrift-postgres-'));
  defer(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const as = (...command: string[]) => ['--reuid=postgres', '--regid=postgres', '--clear-groups', ...command];
  execFileSync('chown', ['postgres', folder]);
  execFileSync('setpriv', as(`${bin}/initdb`, '-D', `${folder}/data`, '-A', 'trust', '--no-sync'), { stdio: 'ignore' });
  const args = as(`${bin}/postgres`, '-D', `${folder}/data`, '-p', String(port), '-k', folder, '-F');
  const server = spawn('setpriv', args, { stdio: 'ignore' });
  defer(async () => {
    server.kill('SIGINT');
    await once(server, 'exit');
  });
  const ask = async (text: string, times: number) => {
    const url = `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`;
    const client = spawn('psql', [url, '-qAt'], { stdio: ['pipe', 'ignore', 'ignore'] });
    client.stdin.end(`${text}\n`.repeat(times));
    const [code] = await once(client, 'exit');
    if (code !== 0) throw new Error(`psql: ${code}`);
  };
  for (let tries = 0; ; tries++) {
    if (
      await ask('SELECT 1;', 1).then(
        () => true,
        () => false,
      )
    )
      break;
    if (tries > 100) throw new Error('no PostgreSQL');
    await sleep(50);
  }
  return { port, pid: server.pid!, ask };
}
