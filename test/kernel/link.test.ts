import assert from 'node:assert/strict';
import { has } from '../lib/build.ts';
import { startCapture } from '../lib/capture.ts';
import { favourAll } from '../lib/cgroup.ts';
import { startClient } from '../lib/client.ts';
import { within } from '../lib/compare.ts';
import { noLinks, startLink } from '../lib/link.ts';
import { counter, inside, type Network, network, noNetworks, type Side } from '../lib/netns.ts';
import { quantile } from '../lib/quantile.ts';
import { skip } from '../lib/skip.ts';
import { perConnection } from '../lib/webservers.ts';

const PORT = 8080;
const PINGS = 1200;

/** Round trips as ping has them. */
function ping(from: Side, address: string, count: number) {
  const text = inside(from, 'ping', ['-i', '0.002', '-c', String(count), '-q', address]);
  const [, received] = /, (\d+) received/.exec(text)!;
  const [, leastMs, meanMs] = / = ([\d.]+)\/([\d.]+)\//.exec(text)!;
  return { received: Number(received), leastMs: Number(leastMs), meanMs: Number(meanMs) };
}

describe('the slow way between two sides of a network', function () {
  this.timeout(60_000);
  this.retries(2); // times in milliseconds, on a machine that others may use
  let at: Network;

  beforeEach(function () {
    skip(this, noNetworks() ?? noLinks() ?? (has('ping') ? null : 'not installed: ping'));
    favourAll();
    at = network();
  });

  it('delays as much as it is told, each way by itself, over IPv4 and IPv6', async () => {
    const link = await startLink(at, { delayMs: 10, lossPercent: 0 }, { delayMs: 5, lossPercent: 0 });
    for (const address of [link.server.address, link.server.address6]) {
      const { received, leastMs, meanMs } = ping(at.client, address, 200);
      assert.equal(received, 200);
      within(leastMs, 15, 0.05, 'the fastest round trip');
      assert.ok(meanMs < 30, `a round trip of ${meanMs} ms`); // and what a busy machine adds
    }
  });

  it('loses as many as it says', async () => {
    const link = await startLink(at, { delayMs: 1, lossPercent: 5 });
    const before = await link.stats();
    const { received } = ping(at.client, link.server.address, PINGS);
    const after = await link.stats();
    const lost = after.toServer.lost + after.toClient.lost - before.toServer.lost - before.toClient.lost;
    assert.ok(Math.abs(PINGS - received - lost) <= 4, `${lost} lost, ${received} of ${PINGS} received`); // IPv6's own packets
    within(lost, PINGS * (0.05 + 0.95 * 0.05), 0.25, 'lost');
  });

  it('does not show in what the capture says of the server; each retransmission does', async () => {
    const link = await startLink(at, { delayMs: 10, lossPercent: 2 });
    await perConnection(at.server, PORT, 'sleep=5000');
    for (const address of [link.server.address, link.server.address6]) {
      const client = await startClient(at.client, address, PORT, { connections: 8, seconds: 2 });
      const capture = await startCapture(link.server, PORT);
      const before = counter(at.server, 'Tcp.RetransSegs');
      client.begin();
      const told = await client.told();
      const { exchanges, dropped, againOut } = await capture.stop();
      assert.equal(dropped, 0);
      assert.equal(exchanges.length, told.requests);
      assert.equal(againOut, counter(at.server, 'Tcp.RetransSegs') - before);
      assert.ok(againOut > 0, 'something was sent again');
      const latencies = exchanges.map(({ firstNs }) => firstNs);
      assert.ok(Math.min(...latencies) >= 5e6);
      within(quantile(latencies, 0.5), 5e6, 0.1, 'P50 at the server');
      assert.ok(told.p50Ns > 25e6, `${told.p50Ns} ns at the client`);
    }
  });
});
