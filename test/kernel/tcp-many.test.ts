import assert from 'node:assert/strict';
import { type Network, network, noNetworks, type Side } from '../lib/netns.ts';
import { type OpenProbes, openProbes, serve, sum } from '../lib/probe.ts';
import { skip } from '../lib/skip.ts';
import { churn, settles } from '../lib/socket_churn.ts';
import { type Sockets, startSockets, tcpGrowth } from '../lib/sockets.ts';

const PORT = 8080;
const LISTENING = 4096;
/** CPU time that a look at 50,000 sockets may take on a machine that does other things too; some 40 on one that does not. */
const LOOK_MS = 200;

/** Connects from one process of a side to itself, over several addresses, so many at a time as wait to be accepted. */
async function connect(client: Sockets, server: Sockets, count: number): Promise<void> {
  for (let made = 0; made < count; made += LISTENING) {
    const some = Math.min(LISTENING, count - made);
    const address = `127.0.0.${1 + ((made / LISTENING) % 5)}`;
    assert.equal(await client.tell('connect', address, PORT, some), some);
    assert.equal(await server.tell('accept', some), some);
  }
}

describe('many sockets of a pool', function () {
  this.timeout(120_000);
  let at: Network;

  beforeEach(function () {
    skip(this, noNetworks());
    at = network();
  });

  /** So many connections between so many pairs of processes, all in one pool: a process may have 20,000 files. */
  async function pairs(side: Side, count: number): Promise<{ server: Sockets; client: Sockets }[]> {
    const all = [];
    for (let i = 0; i < count; i++) {
      const [server, client] = [await startSockets(side), await startSockets(side)];
      assert.equal(await server.tell('listen', PORT, LISTENING, 'r'), 0);
      all.push({ server, client });
    }
    return all;
  }

  it('50,000 open at once: all are followed, a look takes milliseconds, none stays behind', async () => {
    const probes = await openProbes({ workers: 8192 });
    const [pair, second] = await pairs(at.server, 2);
    const pids = [pair!, second!].flatMap(({ server, client }) => [server.pid, client.pid]);
    serve(probes, 0, pids, [PORT]);
    await second!.server.tell('unlisten');
    await connect(pair!.client, pair!.server, 12_500);
    await pair!.server.tell('unlisten');
    await second!.server.tell('listen', PORT, LISTENING);
    probes.tcp.listeners();
    await connect(second!.client, second!.server, 12_500);
    assert.equal(probes.tcp.sockets().followed, 50_001);
    assert.equal(sum(probes.tcp.sample(0).connects), 25_000);
    const looks = Array.from({ length: 3 }, () => {
      const before = process.cpuUsage();
      probes.tcp.listeners();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    });
    assert.ok(Math.min(...looks) < LOOK_MS, `${looks} ms`);
    assert.equal(probes.tcp.sockets().followed, 50_001);
    for (const { client, server } of [pair!, second!]) {
      await client.tell('reset');
      await server.tell('close');
    }
    await second!.server.tell('unlisten');
    await settles(() => probes.tcp.sockets().followed, 0);
    const { resets, connectFailures } = probes.tcp.sample(0);
    assert.deepEqual(resets, { sent: 25_000, received: 25_000 });
    assert.equal(sum(Object.values(connectFailures)), 0);
    assert.equal(probes.tcp.socketsRefused(0), 0);
  });

  it('50,000 that are older: one look follows them', async () => {
    const some = await pairs(at.server, 2);
    await some[1]!.server.tell('unlisten');
    await connect(some[0]!.client, some[0]!.server, 12_500);
    await some[0]!.server.tell('unlisten');
    await some[1]!.server.tell('listen', PORT, LISTENING);
    await connect(some[1]!.client, some[1]!.server, 12_500);
    const probes = await openProbes({ workers: 8192 });
    const before = probes.tcp.memory()[0]!.bytes;
    serve(
      probes,
      0,
      some.flatMap(({ server, client }) => [server.pid, client.pid]),
      [PORT],
    );
    assert.equal(probes.tcp.sockets().followed, 50_001);
    assert.ok(probes.tcp.memory()[0]!.bytes - before >= 50_001 * 448);
    for (const { client, server } of some) {
      await client.tell('reset');
      await server.tell('close');
      await server.tell('unlisten');
    }
    await settles(() => probes.tcp.sockets().followed, 0);
  });

  describe('more than there is room for', () => {
    let probes: OpenProbes;
    let server: Sockets;
    let client: Sockets;
    let most: number;

    beforeEach(async () => {
      probes = await openProbes({ pools: 1, workers: 64, memoryBytes: 2 << 20 });
      most = probes.tcp.sockets().most;
      server = await startSockets(at.server);
      client = await startSockets(at.server);
      await server.tell('listen', PORT, LISTENING);
      serve(probes, 0, [server.pid], [PORT]);
    });

    it('each is counted, at once and at each look; those that have room count as ever', async () => {
      await connect(client, server, most + 499);
      assert.equal(probes.tcp.sockets().followed, most);
      assert.equal(probes.tcp.socketsRefused(0), 500);
      assert.equal(probes.request.sample(0).doubted.sockets, 500);
      probes.tcp.listeners();
      assert.equal(probes.tcp.sockets().followed, most);
      assert.equal(probes.tcp.socketsRefused(0), 1000);
      const before = probes.tcp.sample(0);
      await server.tell('send', 10);
      probes.tcp.listeners();
      assert.equal(tcpGrowth(before, probes.tcp.sample(0)).segmentsSent, most - 1);
    });

    it('room that others leave is taken; nothing is wrong afterwards', async () => {
      await connect(client, server, most + 499);
      await client.tell('reset');
      await server.tell('close');
      await settles(() => probes.tcp.sockets().followed, 1);
      const refused = probes.tcp.socketsRefused(0);
      await connect(client, server, 100);
      assert.equal(probes.tcp.sockets().followed, 101);
      const before = probes.tcp.sample(0);
      await server.tell('send', 10);
      probes.tcp.listeners();
      assert.equal(tcpGrowth(before, probes.tcp.sample(0)).segmentsSent, 100);
      assert.equal(probes.tcp.socketsRefused(0), refused);
      await connect(client, server, most);
      assert.equal(probes.tcp.sockets().followed, most);
      await server.tell('close');
      await client.tell('close');
      await settles(() => probes.tcp.sockets().followed, 1);
    });

    it('those that were refused are followed by the look that finds room', async () => {
      const other = await startSockets(at.server);
      await connect(client, server, most - 1);
      await connect(other, server, 50);
      assert.equal(probes.tcp.socketsRefused(0), 50);
      await client.tell('reset');
      await settles(() => probes.tcp.sockets().followed, 1);
      probes.tcp.listeners();
      assert.equal(probes.tcp.sockets().followed, 51);
      assert.equal(probes.tcp.socketsRefused(0), 50);
    });
  });

  it('2,000 a second that come and go, for some seconds: all are counted, none stays behind', async () => {
    await churn(at, await openProbes(), { seconds: 4, aSecond: 2000 });
  });
});
