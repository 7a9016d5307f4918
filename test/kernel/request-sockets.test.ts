import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exemplar } from '../../src/decode/sample.ts';
import { quantile } from '../../src/windows/histogram.ts';
import { favourAll } from '../lib/cgroup.ts';
import { noLinks, startLink } from '../lib/link.ts';
import { counter, network, noNetworks, setting, startIn } from '../lib/netns.ts';
import { freePort } from '../lib/ports.ts';
import { openProbes, serve } from '../lib/probe.ts';
import { between, type Counted, doubtsIn, measure, sumOf } from '../lib/requests.ts';
import { skip } from '../lib/skip.ts';
import { type Talk, talkTo } from '../lib/talk.ts';
import { startProgram, startWorkload } from '../lib/workload.ts';

const POOL = 3;
const BYTES = 64;
/** Of the HTTP answer of test/workloads/reader.c. */
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n'.length;
const FIRST_PIECE = Math.ceil(ANSWER / 2);
const MESSAGE = 'm'.repeat(BYTES);
const HALF = MESSAGE.slice(BYTES / 2);
const REQUESTS = 23;
const SLEEP_MS = 2;
/** What waking up and the way may take on a busy machine. */
const NEAR_MS = 5;

/** Every exchange of a test on a server that sleeps SLEEP_MS: each counted once, none doubted, none faster than that. */
function assertEach(counted: Counted, requests: number): void {
  assert.equal(counted.requests, requests);
  assert.deepEqual(doubtsIn(counted), []);
  const p50Ms = quantile(counted.first, 0.5)! / 1e6;
  assert.ok(p50Ms > 0.98 * SLEEP_MS && p50Ms < SLEEP_MS + NEAR_MS, `P50 ${p50Ms} ms`);
}

describe('requests: sockets', function () {
  this.timeout(60_000);
  this.retries(2);

  beforeEach(() => favourAll());

  /** What the probe counts of conversations with reader.c. */
  async function counts(words: string[], converse: (port: number) => Promise<void>): Promise<Counted> {
    const port = await freePort();
    const server = await startWorkload('reader', port, `bytes=${BYTES}`, `sleep=${SLEEP_MS * 1000}`, ...words);
    const probes = await openProbes();
    serve(probes, POOL, [server.pid], [port]);
    const before = probes.request.sample(POOL);
    await converse(port);
    return between(before, probes.request.sample(POOL));
  }

  async function ask(talk: Talk, parts: readonly string[] = [MESSAGE], pauseMs = 0): Promise<void> {
    await talk.say(parts, pauseMs);
    await talk.hear(ANSWER);
  }

  const converse = async (port: number) => {
    const talk = await talkTo(port);
    for (let i = 0; i < REQUESTS; i++) await ask(talk);
  };

  for (const how of ['recv', 'read', 'readv', 'recvmsg', 'recvmmsg', 'peek', 'turns']) {
    it(`read by ${how}`, async () => assertEach(await counts([`how=${how}`], converse), REQUESTS));
  }

  it('read in small pieces', async () => assertEach(await counts(['chunk=5'], converse), REQUESTS));

  it('another thread read the first half: it is not moved, unless another answers', async () => {
    const counted = await counts(['how=turns'], converse);
    assert.equal(sumOf(counted.rows, 'moved'), 0);
  });

  it('in two segments', async () => {
    const counted = await counts([], async (port) => {
      const talk = await talkTo(port);
      for (let i = 0; i < REQUESTS; i++) await ask(talk, [HALF, HALF], 10);
    });
    assert.equal(counted.requests, REQUESTS);
    assert.deepEqual(doubtsIn(counted), []);
    const [firstMs, lastMs] = [quantile(counted.first, 0.5)! / 1e6, quantile(counted.last, 0.5)! / 1e6];
    assert.ok(firstMs > 10 + lastMs - 1, `${firstMs} ms from the first, ${lastMs} from the last`);
  });

  it('an answer in pieces: once, to its first', async () => {
    assertEach(await counts(['pieces=4', 'pause=3000'], converse), REQUESTS);
  });

  it('a request that comes while the last one is still being answered begins when it comes', async () => {
    const counted = await counts(['pieces=2', 'pause=20000'], async (port) => {
      const talk = await talkTo(port);
      await talk.say([MESSAGE]);
      for (let i = 1; i < REQUESTS; i++) {
        await talk.hear(FIRST_PIECE);
        await talk.say([MESSAGE]);
        await talk.hear(ANSWER - FIRST_PIECE);
      }
      await talk.hear(ANSWER);
    });
    assert.equal(counted.requests, REQUESTS);
    const p50Ms = quantile(counted.first, 0.5)! / 1e6;
    assert.ok(p50Ms > 20, `P50 ${p50Ms} ms: the rest of the answer before, which takes 20 ms, was taken for its own`);
  });

  it('answered before it was read whole: once', async () => {
    const counted = await counts(['how=early'], async (port) => {
      const talk = await talkTo(port);
      for (let i = 0; i < REQUESTS; i++) await ask(talk);
    });
    assert.equal(counted.requests, REQUESTS);
  });

  it('asked to go on (100-continue), a request is two exchanges', async () => {
    const port = await freePort();
    const script = join(import.meta.dirname, '../workloads/nodeserver.ts');
    const server = await startProgram(process.execPath, [script, String(port), 'http', 'sleep=5000']);
    const probes = await openProbes();
    serve(probes, POOL, [server.pid], [port]);
    const before = probes.request.sample(POOL);
    const talk = await talkTo(port);
    const head = 'POST / HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n';
    for (let i = 0; i < REQUESTS; i++) {
      await talk.say([head]);
      await talk.hear('HTTP/1.1 100 Continue\r\n\r\n'.length);
      await talk.say(['hello']);
      await talk.hear(1);
      await sleep(1);
      talk.forget();
    }
    const counted = between(before, probes.request.sample(POOL));
    assert.deepEqual(doubtsIn(counted), []);
    assert.equal(counted.requests, 2 * REQUESTS);
  });

  it('connections that end after their request, and some that only come and go', async () => {
    const counted = await counts([], async (port) => {
      for (let i = 0; i < REQUESTS; i++) {
        const talk = await talkTo(port);
        await talk.say([MESSAGE]);
        await sleep(SLEEP_MS / 2);
        talk.end();
        await talk.hear(ANSWER);
        (await talkTo(port)).end();
      }
      await sleep(20);
    });
    assertEach(counted, REQUESTS);
    const [firstMs, lastMs] = [quantile(counted.first, 0.5)! / 1e6, quantile(counted.last, 0.5)! / 1e6];
    assert.ok(Math.abs(firstMs - lastMs) < 0.2, `the end of the stream is no arrival: ${firstMs}, ${lastMs} ms`);
  });

  it('urgent data', async () => {
    const counted = await counts([], async (port) => {
      await startWorkload('urgent', port, REQUESTS);
    });
    assertEach(counted, REQUESTS);
  });

  it('connections that are older than the probe, from their next request on', async () => {
    const port = await freePort();
    const server = await startWorkload('reader', port, `bytes=${BYTES}`, `sleep=${SLEEP_MS * 1000}`);
    const talks = await Promise.all(Array.from({ length: 7 }, () => talkTo(port)));
    for (const talk of talks) await ask(talk);
    await talks[0]!.say([HALF]); // under way already: seen from here on
    const probes = await openProbes();
    serve(probes, POOL, [server.pid], [port]);
    const before = probes.request.sample(POOL);
    await ask(talks[0]!, [HALF]);
    for (let i = 0; i < REQUESTS; i++) await ask(talks[i % talks.length]!);
    assertEach(between(before, probes.request.sample(POOL)), REQUESTS + 1);
  });

  for (const ring of ['bpf', 'perf'] as const) {
    it(`of the slow ones so many as were asked for go to the ring (${ring})`, async () => {
      const port = await freePort();
      const server = await startWorkload('reader', port, `bytes=${BYTES}`, `sleep=${SLEEP_MS * 1000}`);
      const probes = await openProbes({ ring, exemplars: 7 });
      serve(probes, POOL, [server.pid], [port]);
      const talk = await talkTo(port);
      const slowerThan = async (slowNs: number) => {
        const seen: Exemplar[] = [];
        probes.request.wantExemplars(POOL, slowNs);
        for (let i = 0; i < REQUESTS; i++) await ask(talk);
        probes.request.drain((exemplar) => seen.push(exemplar));
        return seen;
      };
      assert.deepEqual(await slowerThan(1e9), []);
      const seen = await slowerThan(SLEEP_MS * 1e6);
      assert.equal(seen.length, 7);
      assert.ok(seen.every((it) => it.pool === POOL && it.port === port && it.latencyNs >= SLEEP_MS * 1e6));
      assert.deepEqual(
        probes.request.rings().map(({ records, lost }) => [records, lost]),
        [[7, 0]],
      );
    });
  }

  it('segments lost, sent again, out of order; a window that closes: as the packets say', async function () {
    skip(this, noNetworks() ?? noLinks());
    const body = 100_000;
    const head = `POST / HTTP/1.1\r\nHost: server\r\nContent-Length: ${body}\r\n\r\n`.length;
    const at = network();
    setting(at.server, 'net.ipv4.tcp_rmem', '4096 8192 8192'); // so the window closes soon
    const link = await startLink(at, { delayMs: 1, lossPercent: 2 });
    const server = await startIn(at.server, 'reader', 8080, `bytes=${head + body}`, 'chunk=4000', 'nap=200');
    const probes = await openProbes();
    serve(probes, POOL, [server.pid], [8080]);
    const target = { pool: POOL, port: 8080 };
    const { counted, captured } = await measure({ ...at, ...link }, probes, target, {
      connections: 4,
      count: 60,
      bodyBytes: body,
    });
    assert.ok(captured.againIn > 0 && captured.early > 0, `${captured.againIn} again, ${captured.early} early`);
    assert.ok(counter(at.server, 'TcpExt.TCPToZeroWindowAdv') > 0, 'the window never closed');
    assert.equal(counted.requests, captured.exchanges.length);
    for (const [ours, field] of [
      [counted.first, 'firstNs'],
      [counted.last, 'lastNs'],
    ] as const) {
      const theirs = captured.exchanges.map((exchange) => exchange[field]).sort((a, b) => a - b);
      const middle = theirs[Math.ceil(theirs.length / 2) - 1]!;
      assert.ok(Math.abs(quantile(ours, 0.5)! - middle) < Math.max(20e3, 0.02 * middle), `${field} ${middle}`);
    }
  });
});
