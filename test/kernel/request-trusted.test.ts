import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { has } from '../lib/build.ts';
import { favourAll } from '../lib/cgroup.ts';
import { drive } from '../lib/client.ts';
import { postgres, redis, resp } from '../lib/databases.ts';
import { network, noNetworks } from '../lib/netns.ts';
import { freePort } from '../lib/ports.ts';
import { type Counted, countRequests, doubtsIn } from '../lib/requests.ts';
import { skip } from '../lib/skip.ts';
import { hearAnswers, talkTo } from '../lib/talk.ts';
import { nginxFile } from '../lib/webservers.ts';
import { startWorkload } from '../lib/workload.ts';

const PORT = 8080;
const MESSAGE_BYTES = 64;
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n'.length;
const GET = 'GET /index.html HTTP/1.1\r\nHost: here\r\n\r\n';
/** The next request is looked through as a whole again. */
const SNIFF_MS = 11;

describe('requests: nothing is wrong with', function () {
  this.timeout(60_000);
  this.retries(2);

  beforeEach(() => favourAll());

  function assertTrusted(counted: Counted, requests: number): void {
    assert.equal(counted.requests, requests);
    assert.deepEqual(doubtsIn(counted), []);
  }

  it('HTTP/1.1 with keep-alive, by nginx', async function () {
    skip(this, has('nginx') ? null : 'not installed: nginx');
    skip(this, noNetworks());
    const at = network();
    const pids = await nginxFile(at.server, PORT, 2);
    const counted = await countRequests(pids, PORT);
    const told = await drive(at.client, at.server.address, PORT, { connections: 8, count: 5000 });
    assertTrusted(counted(), told.requests);
  });

  it('bodies of capitals, empty lines and what looks like requests', async () => {
    const port = await freePort();
    const server = await startWorkload('perconn', port);
    const counted = await countRequests([server.pid], port);
    const talk = await talkTo(port);
    const bodies = ['GET LOST\r\n\r\nPOST IT\r\n\r\nHELLO\r\n\r\n', `${GET}${GET}`, '*3\r\n$3\r\n*1\r\n'];
    for (const body of [...bodies, ...bodies, ...bodies, ...bodies]) {
      const head = `POST /form HTTP/1.1\r\nHost: here\r\nContent-Length: ${body.length}\r\n\r\n`;
      await talk.say([head + body]);
      await hearAnswers(talk, 1);
      await talk.say([head, body], 2);
      await hearAnswers(talk, 1);
      await sleep(SNIFF_MS);
    }
    assertTrusted(counted(), 24);
  });

  it('Redis, with stars in its arguments', async function () {
    const { pid, port } = await redis(this);
    const counted = await countRequests([pid], port);
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
      await sleep(i < 20 ? SNIFF_MS : 2);
      talk.forget();
    }
    assertTrusted(counted(), 40);
  });

  it('binary messages, as of WebSocket', async () => {
    const port = await freePort();
    const server = await startWorkload('reader', port, `bytes=${MESSAGE_BYTES}`);
    const counted = await countRequests([server.pid], port);
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
    const counted = await countRequests([pid], port);
    await ask('SELECT 1;', 50);
    const { requests } = counted();
    assert.ok(requests >= 50, `${requests} requests`);
    assertTrusted(counted(), requests);
  });
});

/** A masked frame whose first byte is given; the rest by a fixed rule. */
function message(first: number, i: number): Uint8Array {
  return Uint8Array.from({ length: MESSAGE_BYTES }, (_, at) => (at === 0 ? first : (at * 167 + i * 73 + first) % 251));
}
