import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Network, network, noNetworks } from '../lib/netns.ts';
import { type OpenProbes, openProbes, serve, sum } from '../lib/probe.ts';
import { skip } from '../lib/skip.ts';
import { type Sockets, startSockets, type TcpGrowth, tcpGrowth } from '../lib/sockets.ts';

const PORT = 8080;

describe('the pool that a socket counts for', function () {
  this.timeout(60_000);
  let at: Network;
  let probes: OpenProbes;
  let client: Sockets;

  beforeEach(async function () {
    skip(this, noNetworks());
    at = network();
    probes = await openProbes();
    client = await startSockets(at.client);
  });

  async function listener(pool: number, flags = ''): Promise<Sockets> {
    const server = await startSockets(at.server);
    assert.equal(await server.tell('listen', PORT, 64, flags), 0);
    serve(probes, pool, [server.pid], [PORT]);
    return server;
  }

  async function connected(server: Sockets, count: number): Promise<void> {
    assert.equal(await client.tell('connect', at.server.address, PORT, count), count);
    assert.equal(await server.tell('accept', count), count);
  }

  /** What a pool counts while each of a server's connections sends and gets an answer; at the server, to the last. */
  async function exchange(server: Sockets, count: number, pools: readonly number[]): Promise<TcpGrowth[]> {
    const before = pools.map((pool) => probes.tcp.sample(pool));
    for (let i = 0; i < 3; i++) {
      assert.equal(await client.tell('send', 100), count);
      assert.equal(await server.tell('read', 100), count);
      assert.equal(await server.tell('send', 100), count);
      assert.equal(await client.tell('read', 100), count);
    }
    probes.tcp.listeners();
    return pools.map((pool, i) => tcpGrowth(before[i]!, probes.tcp.sample(pool)));
  }

  const sentBy = (growths: readonly TcpGrowth[]) => growths.map(({ segmentsSent }) => segmentsSent);

  function requests(pool: number): number {
    return sum(probes.request.sample(pool).first);
  }

  it('connections older than the daemon count from its first look on, requests too', async () => {
    const server = await startSockets(at.server);
    await server.tell('listen', PORT, 64);
    await connected(server, 11);
    await client.tell('send', 100);
    await server.tell('read', 100);
    serve(probes, 0, [server.pid], [PORT]);
    assert.equal(probes.tcp.sockets().followed, 12);
    assert.equal(probes.tcp.sample(0).segmentsSent, 0);
    const [growth] = await exchange(server, 11, [0]);
    assert.ok(growth!.segmentsSent >= 33 && growth!.segmentsSent <= 66, `${growth!.segmentsSent}`);
    assert.equal(requests(0), 33);
    await server.tell('close');
    await client.tell('close');
    await server.tell('unlisten');
    await followed(0);
  });

  it('a port taken over by another process: each has its own', async () => {
    const first = await listener(0, 'r');
    await connected(first, 5);
    const second = await listener(1, 'r');
    await first.tell('unlisten');
    assert.equal(await client.tell('connect', at.server.address, PORT, 7), 7);
    assert.equal(await second.tell('accept', 7), 7);
    assert.equal(probes.tcp.sockets().followed, 5 + 8);
    assert.equal(await first.tell('send', 100), 5);
    assert.equal(await second.tell('send', 100), 7);
    probes.tcp.listeners();
    assert.deepEqual(
      [0, 1].map((pool) => probes.tcp.sample(pool).segmentsSent),
      [2 * 5, 2 * 7],
    );
    await first.tell('close');
    await second.tell('close');
    await followed(1);
  });

  it('a pool that restarts: the new process is followed by the same look that finds it', async () => {
    for (const count of [3, 4, 5]) {
      const server = await listener(0, 'r');
      await connected(server, count);
      await exchange(server, count, [0]);
      await client.tell('close');
      await server.tell('close');
      await server.tell('unlisten');
      await followed(0);
    }
    assert.equal(requests(0), 3 * (3 + 4 + 5));
    assert.deepEqual(probes.tcp.sample(0).acceptQueues, [{ port: PORT, most: 5, limit: 64 }]);
  });

  for (const [when, looks] of [
    ['at once', 0],
    ['after a look at which the old one was still there', 1],
  ] as const) {
    it(`an index that passes to another pool ${when}: the sockets of the old one count for nobody`, async () => {
      const old = await listener(0);
      await connected(old, 5);
      await exchange(old, 5, [0]);
      probes.sched.assign(old.pid, null, false); // with the next flush
      probes.sched.release(0);
      probes.tcp.release(0);
      probes.request.release(0);
      for (let i = 0; i < looks; i++) probes.tcp.listeners();
      const fresh = await startSockets(at.client); // another network namespace, the same port
      await fresh.tell('listen', PORT, 32);
      serve(probes, 0, [fresh.pid], [PORT]);
      await connected(old, 1);
      await old.tell('send', 100);
      await client.tell('reset');
      await old.tell('close');
      await old.tell('unlisten');
      await followed(1);
      const { segmentsSent, resets, acceptOverflows, acceptQueues } = probes.tcp.sample(0);
      assert.deepEqual([segmentsSent, resets, acceptOverflows], [0, { sent: 0, received: 0 }, 0]);
      assert.deepEqual(acceptQueues, [{ port: PORT, most: 0, limit: 32 }]);
      assert.deepEqual([requests(0), probes.tcp.socketsRefused(0)], [0, 0]);
    });
  }

  it('sockets that a child holds too remain with their pool, and go with the last of the two', async () => {
    const server = await listener(0);
    await connected(server, 6);
    const child = await server.tell('fork');
    serve(probes, 1, [child], [PORT]);
    for (let i = 0; i < 3; i++) {
      const sent = sentBy(await exchange(server, 6, [0, 1]));
      assert.ok(sent[0]! >= 18, `${sent}`);
      assert.equal(sent[1], 0);
    }
    await server.tell('close');
    assert.equal(probes.tcp.sockets().followed, 7);
    await client.tell('close');
    process.kill(child, 'SIGKILL');
    await server.tell('unlisten');
    await followed(0);
  });

  it('sockets that are handed to another process count for its pool when two looks have found them there', async () => {
    const server = await listener(0);
    await connected(server, 9);
    const worker = await startSockets(at.server);
    serve(probes, 1, [worker.pid], []);
    await worker.tell('await', `pooldrift-${process.pid}`);
    const giving = server.tell('give', `pooldrift-${process.pid}`);
    assert.equal(await worker.tell('take', 9), 9);
    assert.equal(await giving, 9);
    assert.equal(sentBy(await exchange(worker, 9, [0, 1]))[1], 0);
    probes.tcp.listeners();
    const sent = sentBy(await exchange(worker, 9, [0, 1]));
    assert.equal(sent[0], 0);
    assert.ok(sent[1]! >= 27, `${sent}`);
    assert.equal(probes.tcp.sockets().followed, 10);
    await worker.tell('close');
    await client.tell('close');
    await followed(1);
  });

  it('sockets of a process that has left its pool are no longer followed after two looks', async () => {
    const server = await listener(0);
    await connected(server, 4);
    probes.sched.assign(server.pid, null, false);
    probes.sched.flush();
    probes.tcp.listeners();
    assert.equal(probes.tcp.sockets().followed, 5);
    probes.tcp.listeners();
    assert.equal(probes.tcp.sockets().followed, 0);
    assert.equal(sentBy(await exchange(server, 4, [0]))[0], 0);
  });

  /** Soon: a last acknowledgement may be 40 ms late, a killed process still closes its files. */
  async function followed(count: number): Promise<void> {
    for (let i = 0; i < 1000 && probes.tcp.sockets().followed !== count; i++) await sleep(10);
    assert.equal(probes.tcp.sockets().followed, count);
  }
});
