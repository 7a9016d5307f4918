import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startConnector } from '../lib/connector.ts';
import { noLinks, startLink } from '../lib/link.ts';
import { counter, inside, type Network, network, noNetworks, setting } from '../lib/netns.ts';
import { type OpenProbes, openProbes, serve, sum } from '../lib/probe.ts';
import { skip } from '../lib/skip.ts';
import { type Sockets, startSockets } from '../lib/sockets.ts';

const PORT = 8080;
const CLOSED = 9;

describe('the accept queue of a pool', function () {
  this.timeout(60_000);
  let at: Network;
  let probes: OpenProbes;
  let server: Sockets;

  beforeEach(async function () {
    skip(this, noNetworks() ?? noLinks());
    at = network();
    probes = await openProbes();
    server = await startSockets(at.server);
  });

  const queues = (pool = 0) => probes.tcp.sample(pool).acceptQueues;

  function overflows(pool = 0): number {
    probes.tcp.listeners();
    return probes.tcp.sample(pool).acceptOverflows;
  }

  /** So many clients that nobody waits for, and what became of them. */
  async function clients(address: string, count: number, port = PORT, giveUpMs = 300) {
    await (await startConnector(at.client, address, CLOSED, { count: 1 })).connect(); // neighbours know each other
    const connector = await startConnector(at.client, address, port, { count, giveUpMs });
    const came = await connector.connect();
    await sleep(50); // the last step is on its way
    return { connector, came };
  }

  for (const family of ['address', 'address6'] as const) {
    it(`${family}: depth and limit, to the connection`, async () => {
      await server.tell('listen', PORT, 37);
      serve(probes, 0, [server.pid], [PORT]);
      assert.deepEqual(queues(), [{ port: PORT, most: 0, limit: 37 }]);
      await clients(at.server[family], 23);
      assert.deepEqual(queues(), [{ port: PORT, most: 23, limit: 37 }]);
      await server.tell('accept', 23);
      await clients(at.server[family], 7);
      assert.deepEqual(queues(), [{ port: PORT, most: 23, limit: 37 }]);
      assert.equal(overflows(), 0);
    });

    it(`${family}: overflows, each SYN and each last step that was dropped`, async () => {
      await server.tell('listen', PORT, 5);
      serve(probes, 0, [server.pid], [PORT]);
      setting(at.client, 'net.ipv4.tcp_syn_retries', 1); // after a second
      const { came } = await clients(at.server[family], 101, PORT, 2000);
      assert.equal(came.connected, 6);
      const counted = counter(at.server, 'TcpExt.ListenOverflows');
      assert.ok(counted > 95, `${counted} with retries`);
      assert.equal(overflows(), counted);
      assert.deepEqual(queues(), [{ port: PORT, most: 6, limit: 5 }]);
      assert.equal(overflows(), counted, 'not twice');
    });
  }

  it('only last steps that were dropped', async () => {
    // On a long way all SYNs are answered before the first last step is here.
    const link = await startLink(at, { delayMs: 20, lossPercent: 0 });
    await server.tell('listen', PORT, 5);
    serve(probes, 0, [server.pid], [PORT]);
    const { came } = await clients(link.server.address, 61);
    assert.equal(came.connected, 61);
    const counted = counter(at.server, 'TcpExt.ListenOverflows');
    assert.ok(counted >= 55);
    assert.equal(overflows(), counted);
  });

  it('connections that come with a cookie', async () => {
    setting(at.server, 'net.ipv4.tcp_syncookies', 2);
    await server.tell('listen', PORT, 5);
    serve(probes, 0, [server.pid], [PORT]);
    await Promise.all([clients(at.server.address, 61), clients(at.server.address6, 59)]);
    const counted = counter(at.server, 'TcpExt.ListenOverflows');
    assert.ok(counted > 0);
    assert.equal(overflows(), counted);
  });

  it('drops for other reasons are no overflows, neither beside nor before one', async () => {
    const deferring = await startSockets(at.server);
    await server.tell('listen', PORT, 5);
    await deferring.tell('listen', PORT + 1, 5, 'd');
    serve(probes, 0, [server.pid], [PORT]);
    serve(probes, 1, [deferring.pid], [PORT + 1]);
    await clients(at.server.address, 3, PORT + 1);
    const dropped = () => inside(at.server, 'ss', ['-lntmH', 'sport', `= :${PORT + 1}`]);
    assert.match(dropped(), /,d[1-9]\d*\)/);
    assert.deepEqual([overflows(0), overflows(1)], [0, 0]);
    await clients(at.server.address, 5, PORT + 1);
    await clients(at.server.address, 43);
    const counted = counter(at.server, 'TcpExt.ListenOverflows');
    assert.ok(counted >= 37);
    assert.deepEqual([overflows(0), overflows(1)], [counted, 0]);
  });

  it('two pools that overflow between the same two looks share what the namespace counts', async () => {
    const other = await startSockets(at.server);
    await server.tell('listen', PORT, 5);
    await other.tell('listen', PORT + 1, 5);
    serve(probes, 0, [server.pid], [PORT]);
    serve(probes, 1, [other.pid], [PORT + 1]);
    await clients(at.server.address, 46);
    await clients(at.server.address, 26, PORT + 1);
    assert.equal(counter(at.server, 'TcpExt.ListenOverflows'), 60);
    assert.deepEqual([overflows(0), overflows(1)], [40, 20]);
  });

  it('several ports, and a group on one: the longest queue, all overflows', async () => {
    for (const backlog of [3, 3, 3]) await server.tell('listen', PORT, backlog, 'r');
    await server.tell('listen', PORT + 1, 50, '4');
    serve(probes, 0, [server.pid], [PORT, PORT + 1]);
    await clients(at.server.address, 300);
    await clients(at.server.address, 17, PORT + 1);
    assert.equal(overflows(), counter(at.server, 'TcpExt.ListenOverflows'));
    assert.ok(overflows() >= 288);
    assert.deepEqual(queues(), [
      { port: PORT, most: 4, limit: 3 },
      { port: PORT + 1, most: 17, limit: 50 },
    ]);
  });

  it('a backlog that is changed, and one of 0', async () => {
    await server.tell('listen', PORT, 0);
    serve(probes, 0, [server.pid], [PORT]);
    await clients(at.server.address, 9);
    assert.deepEqual(queues(), [{ port: PORT, most: 1, limit: 0 }]);
    assert.equal(overflows(), 8);
    setting(at.server, 'net.core.somaxconn', 7);
    await server.tell('unlisten');
    await server.tell('listen', PORT, 1000);
    probes.tcp.listeners();
    assert.equal(queues()[0]!.limit, 7);
    assert.equal(overflows(), 8);
  });

  it('what was before the first look is not counted; what stands in the queue then is', async () => {
    await server.tell('listen', PORT, 5);
    await clients(at.server.address, 31);
    serve(probes, 0, [server.pid], [PORT]);
    assert.deepEqual(queues(), [{ port: PORT, most: 6, limit: 5 }]);
    assert.equal(overflows(), 0);
    await clients(at.server.address, 7);
    assert.equal(overflows(), 7);
  });

  it('the maximum is of this interval and the one before', async () => {
    await server.tell('listen', PORT, 50);
    serve(probes, 0, [server.pid], [PORT]);
    const { connector } = await clients(at.server.address, 11);
    await server.tell('accept', 11);
    probes.tcp.turnMaxima();
    assert.equal(queues()[0]!.most, 11, 'a read just after the turn');
    await clients(at.server.address, 3);
    assert.equal(queues()[0]!.most, 11);
    probes.tcp.turnMaxima();
    assert.equal(queues()[0]!.most, 3);
    probes.tcp.turnMaxima();
    probes.tcp.turnMaxima();
    assert.equal(queues()[0]!.most, 0);
    probes.tcp.listeners();
    assert.equal(queues()[0]!.most, 3, 'they still wait');
    await connector.end();
  });

  it('a listener of MPTCP, whose clients speak TCP', async function () {
    skip(this, existsSync('/proc/sys/net/mptcp/enabled') ? null : 'a kernel without MPTCP');
    const sent = counter(at.server, 'Tcp.OutSegs') + 1; // a refusal
    assert.equal(await server.tell('listen', PORT, 5, 'm'), 0);
    serve(probes, 0, [server.pid], [PORT]);
    const found = probes.tcp.listeners().filter(({ tgid }) => tgid === server.pid);
    assert.deepEqual(
      found.map(({ port, family }) => [port, family]),
      [[PORT, 6]],
    );
    const { came, connector } = await clients(at.server.address, 31);
    assert.equal(came.connected, 6);
    assert.equal(overflows(), counter(at.server, 'TcpExt.ListenOverflows'));
    assert.deepEqual(queues(), [{ port: PORT, most: 6, limit: 5 }]);
    assert.equal(await server.tell('accept', 6), 6);
    assert.equal(probes.tcp.sockets().followed, 6);
    assert.equal(await server.tell('send', 100), 6);
    await connector.end();
    await server.tell('close');
    await sleep(100);
    assert.equal(probes.tcp.sockets().followed, 0);
    assert.equal(probes.tcp.sample(0).segmentsSent, counter(at.server, 'Tcp.OutSegs') - sent);
    const client = await startSockets(at.client);
    assert.equal(await client.tell('connect', at.server.address6, PORT, 3), 3);
    assert.equal(await server.tell('accept', 3), 3);
    for (const [one, what] of [
      [client, 'send'],
      [server, 'read'],
      [server, 'send'],
      [client, 'read'],
    ] as const)
      assert.equal(await one.tell(what, 100), 3);
    assert.equal(sum(probes.request.sample(0).first), 3, 'requests');
  });
});
