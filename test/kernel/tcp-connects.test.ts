import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../../src/windows/histogram.ts';
import { within } from '../lib/compare.ts';
import { type Connects, startConnector } from '../lib/connector.ts';
import { noLinks, startLink } from '../lib/link.ts';
import { counter, inside, type Network, network, noNetworks, setting, startIn } from '../lib/netns.ts';
import { type OpenProbes, openProbes, serve } from '../lib/probe.ts';
import { skip } from '../lib/skip.ts';
import { startSockets, type TcpGrowth, tcpGrowth } from '../lib/sockets.ts';

const PORT = 8080;
const ECONNREFUSED = -111;

/** The fastest ones take what the path takes; a busy machine holds up others, and the client more than the kernel. */
function assertPath(connects: Float64Array, saidP50Ns: number): void {
  within(quantile(connects, 0.05)!, 10e6, 0.05, 'the fastest connects');
  const p50Ns = quantile(connects, 0.5)!;
  assert.ok(p50Ns >= 9.8e6 && p50Ns <= 1.016 * saidP50Ns, `P50 ${p50Ns} ns, the client says ${saidP50Ns}`);
}

describe('connects of a pool', function () {
  this.timeout(60_000);
  let at: Network;
  let probes: OpenProbes;

  beforeEach(async function () {
    skip(this, noNetworks() ?? noLinks());
    at = network();
    probes = await openProbes();
  });

  /** What the pool counted of so many connects, all at once, and what the client says became of them. */
  async function connects(
    address: string,
    count: number,
    giveUpMs = 10_000,
  ): Promise<{ came: Connects; counted: TcpGrowth }> {
    const connector = await startConnector(at.client, address, PORT, { count, giveUpMs });
    serve(probes, 0, [connector.pid], []);
    const before = probes.tcp.sample(0);
    const came = await connector.connect();
    await connector.end();
    return { came, counted: tcpGrowth(before, probes.tcp.sample(0)) };
  }

  for (const family of ['address', 'address6'] as const) {
    describe(family === 'address' ? 'over IPv4' : 'over IPv6', () => {
      it('a prime number of them: each is counted', async () => {
        await startIn(at.server, 'perconn', PORT);
        const opened = counter(at.client, 'Tcp.ActiveOpens');
        const { came, counted } = await connects(at.server[family], 1009);
        assert.equal(came.connected, 1009);
        assert.equal(counter(at.client, 'Tcp.ActiveOpens') - opened, 1009);
        assert.deepEqual([counted.connects, counted.failures], [1009, {}]);
      });

      it('refused: each, and the reset that said so', async () => {
        const { came, counted } = await connects(at.server[family], 211);
        assert.equal(came.refused, 211);
        assert.deepEqual([counted.connects, counted.failures], [0, { refused: 211 }]);
        assert.equal(counted.resets.received, 211);
      });

      it('no route beyond the next hop: unreachable', async () => {
        const nowhere = family === 'address' ? '10.99.0.1' : 'fd99::1';
        const prefix = family === 'address' ? '10.99.0.0/16' : 'fd99::/16';
        // The error comes when connect() has returned: one that finds it at work is a passing one to the kernel.
        const link = await startLink(at, { delayMs: 5, lossPercent: 0 });
        for (const name of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']) setting(at.server, name, 1);
        for (const name of ['net.ipv4.icmp_ratelimit', 'net.ipv6.icmp.ratelimit']) setting(at.server, name, 0);
        inside(at.server, 'ip', ['route', 'add', 'unreachable', prefix]);
        inside(at.client, 'ip', ['route', 'add', prefix, 'via', link.server[family]]);
        const { came, counted } = await connects(nowhere, 5); // the kernel's own limit for such errors over IPv4
        assert.equal(came.unreachable, 5);
        assert.deepEqual([counted.connects, counted.failures], [0, { unreachable: 5 }]);
      });
    });
  }

  it('to where nobody answers: timed out, or aborted where the program does not wait so long', async () => {
    setting(at.client, 'net.ipv4.tcp_syn_retries', 1);
    const waited = await connects(at.silent, 31);
    assert.equal(waited.came.timedOut, 31);
    assert.deepEqual([waited.counted.connects, waited.counted.failures], [0, { timeout: 31 }]);
    const impatient = await connects(at.silent, 29, 100);
    assert.equal(impatient.came.givenUp, 29);
    assert.deepEqual([impatient.counted.connects, impatient.counted.failures], [0, { aborted: 29 }]);
  });

  it('both sides at once: made, or reset half-way', async () => {
    const opener = await startIn(at.server, 'opener', at.server.device, 'connect');
    const made = await connects(at.silent, 13);
    assert.equal(made.came.connected, 13);
    assert.deepEqual([made.counted.connects, made.counted.failures], [13, {}]);
    await opener.stop();
    await startIn(at.server, 'opener', at.server.device, 'reset');
    const broken = await connects(at.silent, 17);
    assert.equal(broken.came.reset, 17);
    assert.deepEqual([broken.counted.connects, broken.counted.failures], [0, { reset: 17 }]);
    assert.equal(broken.counted.resets.received, 17);
  });

  it('more than there are local ports: nothing was sent', async () => {
    await startIn(at.server, 'perconn', PORT);
    setting(at.client, 'net.ipv4.ip_local_port_range', '20000 20010');
    const { came, counted } = await connects(at.server.address, 17);
    // 11 ports; the kernel may give up before it has tried them all
    assert.ok(came.connected <= 11 && came.connected + came.other === 17, JSON.stringify(came));
    assert.deepEqual([counted.connects, counted.failures], [came.connected, { other: came.other }]);
    assert.equal(counted.resets.received, 0);
  });

  it('on a socket that has been refused, and one to itself', async () => {
    const sockets = await startSockets(at.client);
    serve(probes, 0, [sockets.pid], []);
    const before = probes.tcp.sample(0);
    const sent = counter(at.client, 'Tcp.OutSegs');
    assert.equal(await sockets.tell('connect', at.server.address, PORT, 1), ECONNREFUSED);
    assert.equal(await sockets.tell('connect', at.server.address, PORT, 0), ECONNREFUSED);
    await startIn(at.server, 'perconn', PORT);
    assert.equal(await sockets.tell('connect', at.server.address, PORT, 0), 1);
    await sockets.tell('reset');
    const counted = tcpGrowth(before, probes.tcp.sample(0));
    assert.deepEqual([counted.connects, counted.failures], [1, { refused: 2 }]);
    assert.equal(counted.segmentsSent, counter(at.client, 'Tcp.OutSegs') - sent);
    assert.equal(await sockets.tell('connect', '127.0.0.1', 9000, 1, 9000), 1);
    assert.equal(probes.tcp.sockets().followed, 1);
    await sockets.tell('reset');
    assert.deepEqual(tcpGrowth(before, probes.tcp.sample(0)).connects, 2);
    assert.equal(probes.tcp.sockets().followed, 0);
  });

  it('that were under way before anybody looked: how they end is not known to be a connect', async () => {
    setting(at.client, 'net.ipv4.tcp_syn_retries', 1);
    const connector = await startConnector(at.client, at.silent, PORT, { count: 7 });
    const connecting = connector.connect();
    await sleep(200);
    serve(probes, 0, [connector.pid], []);
    assert.equal(probes.tcp.sockets().followed, 7);
    const before = probes.tcp.sample(0);
    const sent = counter(at.client, 'Tcp.RetransSegs');
    assert.equal((await connecting).timedOut, 7);
    const counted = tcpGrowth(before, probes.tcp.sample(0));
    assert.deepEqual([counted.connects, counted.failures], [0, {}]);
    assert.equal(counted.retransmits, counter(at.client, 'Tcp.RetransSegs') - sent);
    assert.ok(counted.retransmits >= 7);
    assert.equal(probes.tcp.sockets().followed, 0);
  });

  it('through a path of 10 ms: within 5 %', async () => {
    const link = await startLink(at, { delayMs: 5, lossPercent: 0 });
    await startIn(at.server, 'perconn', PORT);
    const { came, counted } = await connects(link.server.address, 101);
    assert.deepEqual([came.connected, counted.connects], [101, 101]);
    const meanMs = counted.connectSumNs / counted.connects / 1e6;
    assert.ok(meanMs >= 10 && meanMs * 1e6 <= came.maxNs, `${meanMs} ms, at most ${came.maxNs} ns by the client`);
    assertPath(probes.tcp.sample(0).connects, came.p50Ns);
    const connector = await startConnector(at.client, link.server.address6, PORT, { count: 53 });
    serve(probes, 1, [connector.pid], []);
    const { p50Ns: saidNs, maxNs } = await connector.connect();
    const { connects: counts, connectSumNs } = probes.tcp.sample(1);
    assert.equal(
      counts.filter((count) => count > 0).reduce((a, b) => a + b),
      53,
    );
    assertPath(counts, saidNs);
    assert.ok(connectSumNs >= 53 * 10e6 && connectSumNs <= 53 * maxNs, `${connectSumNs} ns, at most ${maxNs} each`);
  });
});
