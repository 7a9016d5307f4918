import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { drive } from '../lib/client.ts';
import { startConnector } from '../lib/connector.ts';
import { type Link, noLinks, startLink } from '../lib/link.ts';
import { counter, inside, type Network, network, noNetworks, type Side, startIn } from '../lib/netns.ts';
import { type OpenProbes, openProbes, serve, sum } from '../lib/probe.ts';
import { skip } from '../lib/skip.ts';
import { type Sockets, startSockets, tcpGrowth } from '../lib/sockets.ts';

const PORT = 8080;

type Books = { out: number; again: number; resets: number };

/** What a namespace has sent: OutSegs leaves out what is sent again, but for SYN-ACKs. */
function books(side: Side): Books {
  return {
    out: counter(side, 'Tcp.OutSegs'),
    again: counter(side, 'Tcp.RetransSegs'),
    resets: counter(side, 'Tcp.OutRsts'),
  };
}

function grown(side: Side, before: Books): Books {
  const after = books(side);
  return { out: after.out - before.out, again: after.again - before.again, resets: after.resets - before.resets };
}

describe('segments of a pool', function () {
  this.timeout(60_000);
  let at: Network;
  let probes: OpenProbes;

  beforeEach(async function () {
    skip(this, noNetworks() ?? noLinks());
    at = network();
    probes = await openProbes();
  });

  /** A pool at each end: 0 the server, 1 the client. */
  async function ends(listening = true): Promise<{ server: Sockets; client: Sockets }> {
    const server = await startSockets(at.server);
    const client = await startSockets(at.client);
    if (listening) await server.tell('listen', PORT, 512);
    serve(probes, 0, [server.pid], [PORT]);
    serve(probes, 1, [client.pid], []);
    return { server, client };
  }

  /** Everything that has been said on connections is acknowledged. */
  async function settled(): Promise<void> {
    await sleep(250);
    probes.tcp.listeners();
  }

  for (const family of ['address', 'address6'] as const) {
    it(`${family}: as many as the namespaces count, at both ends; he who closes first leaves the last to the kernel`, async () => {
      const { server, client } = await ends();
      const before = [books(at.server), books(at.client)] as const;
      assert.equal(await client.tell('connect', at.server[family], PORT, 101), 101);
      assert.equal(await server.tell('accept', 101), 101);
      for (let i = 0; i < 5; i++) {
        assert.equal(await client.tell('send', 3000), 101);
        assert.equal(await server.tell('read', 3000), 101);
        assert.equal(await server.tell('send', 60_000), 101);
        assert.equal(await client.tell('read', 60_000), 101);
      }
      await settled();
      assert.equal(probes.tcp.sample(0).segmentsSent, grown(at.server, before[0]).out);
      assert.equal(probes.tcp.sample(1).segmentsSent, grown(at.client, before[1]).out);
      await client.tell('close');
      await settled();
      await server.tell('close');
      await settled();
      assert.equal(probes.tcp.sample(0).segmentsSent, grown(at.server, before[0]).out);
      assert.equal(probes.tcp.sample(1).segmentsSent, grown(at.client, before[1]).out - 101, 'TIME_WAIT answers');
      assert.equal(probes.tcp.sockets().followed, 1);
    });
  }

  it('resets by either side, in the middle and with data unread', async () => {
    const { server, client } = await ends();
    const before = [books(at.server), books(at.client)] as const;
    for (const [by, of] of [
      [client, server],
      [server, client],
    ] as const) {
      await client.tell('connect', at.server.address, PORT, 53);
      await server.tell('accept', 53);
      await by.tell('reset');
      await settled();
      await of.tell('close');
    }
    await client.tell('connect', at.server.address6, PORT, 31);
    await server.tell('accept', 31);
    await client.tell('send', 100);
    await server.tell('close');
    await settled();
    const [ofServer, ofClient] = [probes.tcp.sample(0), probes.tcp.sample(1)];
    assert.deepEqual(ofServer.resets, { sent: 53 + 31, received: 53 });
    assert.deepEqual(ofClient.resets, { sent: 53, received: 53 + 31 });
    assert.equal(grown(at.server, before[0]).resets, 53 + 31);
    assert.equal(grown(at.client, before[1]).resets, 53);
    assert.equal(ofServer.segmentsSent, grown(at.server, before[0]).out);
    assert.equal(ofClient.segmentsSent, grown(at.client, before[1]).out);
  });

  it('what nobody listens for is answered by nobody', async () => {
    const { client } = await ends(false);
    const before = books(at.server);
    await client.tell('connect', at.server.address, PORT, 3);
    assert.equal(grown(at.server, before).resets, 3);
    assert.deepEqual(probes.tcp.sample(0).resets, { sent: 0, received: 0 });
    assert.deepEqual(probes.tcp.sample(1).resets, { sent: 0, received: 3 });
  });

  describe('through a path that loses', () => {
    let link: Link;

    async function exchange(server: Sockets, client: Sockets): Promise<void> {
      await client.tell('connect', link.server.address, PORT, 8);
      await server.tell('accept', 8);
      for (let i = 0; i < 3; i++) {
        await client.tell('send', 20_000);
        await server.tell('read', 20_000);
        await server.tell('send', 20_000);
        await client.tell('read', 20_000);
      }
    }

    it('sent again: as many as the namespaces count, SYNs and SYN-ACKs too', async () => {
      link = await startLink(at, { delayMs: 1, lossPercent: 6 });
      const { server, client } = await ends();
      const before = [books(at.server), books(at.client)] as const;
      await exchange(server, client);
      await link.set({ delayMs: 1, lossPercent: 0 });
      await settled();
      const [ofServer, ofClient] = [probes.tcp.sample(0), probes.tcp.sample(1)];
      const [serverBooks, clientBooks] = [grown(at.server, before[0]), grown(at.client, before[1])];
      assert.ok(serverBooks.again > 0 && clientBooks.again > 0, JSON.stringify([serverBooks, clientBooks]));
      assert.equal(ofServer.retransmits, serverBooks.again);
      assert.equal(ofClient.retransmits, clientBooks.again);
      assert.equal(ofClient.segmentsSent, clientBooks.out + clientBooks.again);
    });

    it('only SYNs, only SYN-ACKs', async () => {
      link = await startLink(at, { delayMs: 1, lossPercent: 100 }, { delayMs: 1, lossPercent: 0 });
      const { server } = await ends();
      const connector = await startConnector(link.client, link.server.address, PORT, { count: 7 });
      serve(probes, 2, [connector.pid], []);
      const before = [books(at.server), books(at.client)] as const;
      const connecting = connector.connect();
      await sleep(1500);
      await link.set({ delayMs: 1, lossPercent: 0 }, { delayMs: 1, lossPercent: 100 });
      await sleep(2500);
      await link.set({ delayMs: 1, lossPercent: 0 });
      assert.equal((await connecting).connected, 7);
      assert.equal(await server.tell('accept', 7), 7);
      probes.tcp.listeners();
      const [ofServer, ofClient] = [probes.tcp.sample(0), probes.tcp.sample(2)];
      const [serverBooks, clientBooks] = [grown(at.server, before[0]), grown(at.client, before[1])];
      assert.ok(serverBooks.again >= 7 && clientBooks.again >= 7, JSON.stringify([serverBooks, clientBooks]));
      assert.equal(ofServer.retransmits, serverBooks.again);
      assert.equal(ofServer.segmentsSent, serverBooks.out);
      assert.equal(ofClient.retransmits, clientBooks.again);
    });

    it('the round trip of each connection that has sent since the last look', async () => {
      link = await startLink(at, { delayMs: 5, lossPercent: 0 });
      const { server, client } = await ends();
      await client.tell('connect', link.server.address, PORT, 20);
      await server.tell('accept', 20);
      for (let i = 0; i < 10; i++) {
        await client.tell('send', 100);
        await server.tell('read', 100);
        await server.tell('send', 100);
        await client.tell('read', 100);
      }
      const before = probes.tcp.sample(0);
      await settled();
      const after = probes.tcp.sample(0);
      assert.equal(sum(after.rtt) - sum(before.rtt), 20);
      const meanMs = (after.rttSumNs - before.rttSumNs) / 20 / 1e6;
      const told = inside(at.server, 'ss', ['-tinH', 'sport', `= :${PORT}`]).matchAll(/ rtt:([\d.]+)\//g);
      const truth = [...told].map(([, ms]) => Number(ms));
      assert.equal(truth.length, 20);
      assert.ok(Math.abs(meanMs - sum(truth) / 20) < 0.002, `${meanMs} ms, the kernel says ${sum(truth) / 20}`);
      assert.ok(meanMs > 10, `${meanMs} ms`);
      probes.tcp.listeners();
      assert.equal(sum(probes.tcp.sample(0).rtt), sum(after.rtt), 'nothing was sent');
    });
  });

  it('of two thousand short connections', async () => {
    const perconn = await startIn(at.server, 'perconn', PORT);
    serve(probes, 0, [perconn.pid], [PORT]);
    const [before, sample] = [books(at.server), probes.tcp.sample(0)];
    await drive(at.client, at.server.address, PORT, { connections: 4, count: 2003, reconnect: 1 });
    await settled();
    assert.equal(tcpGrowth(sample, probes.tcp.sample(0)).segmentsSent, grown(at.server, before).out);
  });
});
