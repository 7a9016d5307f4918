import assert from 'node:assert/strict';
import { type Captured, startCapture } from '../lib/capture.ts';
import { favourAll } from '../lib/cgroup.ts';
import { type Client, type Load, startClient, type Told } from '../lib/client.ts';
import { type Network, network, noNetworks, startIn } from '../lib/netns.ts';
import { quantile } from '../lib/quantile.ts';
import { skip } from '../lib/skip.ts';

const PORT = 8080;
const SLEEP_NS = 5e6;
const SLOW_NS = 21e6;
/** What the way, the client and waking up may take on a busy machine. */
const NEAR_NS = 5e5;

/** What the capture and the client each say of the same requests. */
async function both(at: Network, load: Load, address = at.server.address) {
  const client = await startClient(at.client, address, PORT, load);
  const capture = await startCapture(at.server, PORT);
  client.begin();
  const told = await client.told();
  return { told, client, captured: await capture.stop() };
}

/** The handler's own time is the least, the client's the most: nothing else can have been measured. */
function between(captured: Captured, { told, client }: { told: Told; client: Client }, handlerNs: number): void {
  assert.equal(captured.dropped, 0);
  assert.equal(told.failures, 0);
  assert.equal(captured.exchanges.length, told.requests);
  const ours = captured.exchanges.map(({ lastNs }) => lastNs).sort((a, b) => a - b);
  const theirs = client.latencies().sort((a, b) => a - b);
  assert.ok(ours[0]! >= handlerNs, `${ours[0]} ns is less than the handler sleeps`);
  const above = ours.filter((ns, i) => ns > theirs[i]!).length;
  assert.equal(above, 0, 'never above the client');
}

/** By the packets and by the client: what a busy machine adds to others is not in it. */
function fastest({ exchanges }: Captured, client: Client): [number, number] {
  return [Math.min(...exchanges.map(({ firstNs }) => firstNs)), Math.min(...client.latencies())];
}

describe('the capture that judges the request probe', function () {
  this.timeout(60_000);
  this.retries(2); // times in milliseconds, on a machine that others may use
  let at: Network;

  beforeEach(function () {
    skip(this, noNetworks());
    favourAll();
    at = network();
  });

  for (const connections of [1, 8]) {
    it(`lies between the handler and the client, with ${connections} connections, over IPv4 and IPv6`, async () => {
      await startIn(at.server, 'perconn', PORT, `sleep=${SLEEP_NS / 1000}`);
      for (const address of [at.server.address, at.server.address6]) {
        const { told, client, captured } = await both(at, { connections, seconds: 1 }, address);
        between(captured, { told, client }, SLEEP_NS);
        const [ours, theirs] = fastest(captured, client);
        assert.ok(theirs - ours < NEAR_NS, `${ours} ns, ${theirs} at the client`);
      }
    });
  }

  it('knows the first byte of a request that comes in two segments from the last', async () => {
    await startIn(at.server, 'perconn', PORT, `sleep=${SLEEP_NS / 1000}`);
    const { told, client, captured } = await both(at, { connections: 8, count: 400, splitUs: 3000, bodyBytes: 20_000 });
    between(captured, { told, client }, SLEEP_NS);
    const gaps = captured.exchanges.map(({ firstNs, lastNs }) => firstNs - lastNs);
    assert.ok(Math.min(...gaps) > 2.9e6, `${Math.min(...gaps)} ns between segments sent 3 ms apart`);
    assert.ok(Math.abs(quantile(gaps, 0.5) - 3e6) < NEAR_NS, `${quantile(gaps, 0.5)} ns`);
  });

  it('counts the slow ones exactly', async () => {
    await startIn(at.server, 'perconn', PORT, 'sleep=1000', 'sleep=20000%10');
    const { told, client, captured } = await both(at, { connections: 1, count: 307 });
    between(captured, { told, client }, 1e6);
    const slow = captured.exchanges.filter(({ firstNs }) => firstNs >= SLOW_NS).length;
    const slowAtClient = client.latencies().filter((ns) => ns >= SLOW_NS).length; // others of the machine make slow, too
    assert.ok(slow >= 30 && slow <= slowAtClient, `${slow} are slow, ${slowAtClient} at the client`);
    assert.equal(captured.exchanges.length, 307);
    assert.ok(
      quantile(
        captured.exchanges.map(({ firstNs }) => firstNs),
        0.5,
      ) < 2e6,
    );
  });

  it('ends a request at the first byte of a long answer', async () => {
    await startIn(at.server, 'perconn', PORT, 'sleep=2000', 'bytes=4000000');
    const { told, client, captured } = await both(at, { connections: 1, count: 50 });
    between(captured, { told, client }, 2e6);
    const [ours, theirs] = fastest(captured, client);
    assert.ok(ours < 2e6 + NEAR_NS, `${ours} ns`);
    assert.ok(theirs > ours + NEAR_NS, `the whole answer takes ${theirs} ns`);
  });

  it('takes up connections that are older, and each of many short ones', async () => {
    await startIn(at.server, 'perconn', PORT, 'sleep=1000');
    const { told, client, captured } = await both(at, { connections: 4, count: 1009, reconnect: 1 });
    between(captured, { told, client }, 1e6);
    assert.equal(captured.connections, told.connects);
  });
});
