import assert from 'node:assert/strict';
import { startConnector } from '../lib/connector.ts';
import { noLinks, startLink } from '../lib/link.ts';
import { counter, type Network, network, noNetworks, setting, startIn } from '../lib/netns.ts';
import { skip } from '../lib/skip.ts';

const PORT = 8080;

describe('the connects that tests count', function () {
  this.timeout(60_000);
  let at: Network;

  beforeEach(function () {
    skip(this, noNetworks() ?? noLinks());
    at = network();
  });

  it('a prime number of them, closed and reset: as many as the kernel counts', async () => {
    await startIn(at.server, 'perconn', PORT);
    for (const by of ['close', 'reset'] as const) {
      const connector = await startConnector(at.client, at.server.address, PORT, { count: 211, by });
      const opens = counter(at.client, 'Tcp.ActiveOpens');
      const resets = counter(at.client, 'Tcp.OutRsts');
      const came = await connector.connect();
      assert.equal(came.connected, 211);
      assert.equal(counter(at.client, 'Tcp.ActiveOpens') - opens, 211);
      await connector.end();
      assert.equal(counter(at.client, 'Tcp.OutRsts') - resets, by === 'reset' ? 211 : 0);
    }
  });

  it('refused, timed out, across a slow way', async () => {
    const refused = await startConnector(at.client, at.server.address6, PORT, { count: 101 });
    assert.equal((await refused.connect()).refused, 101);
    setting(at.client, 'net.ipv4.tcp_syn_retries', 1);
    const lost = await startConnector(at.client, at.silent, PORT, { count: 13 });
    assert.equal((await lost.connect()).timedOut, 13);
    const link = await startLink(at, { delayMs: 5, lossPercent: 0 });
    await startIn(at.server, 'perconn', PORT);
    const { connected, p50Ns } = await (
      await startConnector(at.client, link.server.address, PORT, { count: 17 })
    ).connect();
    assert.equal(connected, 17);
    // A round trip of 10 ms, and what a busy machine adds; far below a second, at which a lost SYN is sent again.
    assert.ok(p50Ns >= 10e6 && p50Ns < 100e6, `${p50Ns} ns`);
  });

  it('more than a listener takes: its queue is one longer than its backlog, the rest overflows', async () => {
    const deaf = await startIn(at.server, 'deaf', PORT, 7);
    const connector = await startConnector(at.client, at.server.address, PORT, { count: 31, giveUpMs: 500 });
    const came = await connector.connect();
    assert.deepEqual([came.connected, came.givenUp], [8, 23]);
    assert.equal(counter(at.server, 'TcpExt.ListenOverflows'), 23);
    deaf.write('accept');
    assert.equal(await deaf.line(), '8');
  });
});
