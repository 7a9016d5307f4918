import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile, total } from '../../src/windows/histogram.ts';
import { startClient, type Told } from '../lib/client.ts';
import { type Link, noLinks, startLink } from '../lib/link.ts';
import { counter, type Network, network, noNetworks, startIn } from '../lib/netns.ts';
import { type OpenProbes, openProbes, serve } from '../lib/probe.ts';
import { skip } from '../lib/skip.ts';

const PORT = 8080;
const SERVER = 0;
const CLIENT = 1;
/** 5 ms each, every tenth 105: so the P99 is one of many that take as long, whatever else the machine does. */
const STEPS = ['sleep=5000', 'sleep=100000%10'];
const LOAD = { connections: 32, ratePerSecond: 200, count: 809, seconds: 20, reconnect: 10 };

type Seen = {
  told: Told;
  /** As the server sees it, from the first byte's arrival. */
  p99Ns: number;
  requests: number;
  connectP50Ns: number;
  rttP50Ns: number;
  retransmits: { server: number; client: number };
};

describe('trouble on the way to the clients', function () {
  this.timeout(60_000);
  this.retries(2);
  let at: Network;
  let probes: OpenProbes;
  let link: Link;

  beforeEach(async function () {
    skip(this, noNetworks() ?? noLinks());
    at = network();
    link = await startLink(at, { delayMs: 0, lossPercent: 0 });
    probes = await openProbes();
  });

  function counts() {
    const [server, client] = [probes.tcp.sample(SERVER), probes.tcp.sample(CLIENT)];
    return { server, client, first: probes.request.sample(SERVER).first };
  }

  async function load(address: string): Promise<Seen> {
    const client = await startClient(link.client, address, PORT, LOAD);
    serve(probes, CLIENT, [client.pid], []);
    const before = counts();
    client.begin();
    const told = await client.told();
    await sleep(500); // what was lost last is sent again
    probes.tcp.listeners();
    const after = counts();
    const less = (to: Float64Array, from: Float64Array) => to.map((count, i) => count - from[i]!);
    const first = less(after.first, before.first);
    return {
      told,
      p99Ns: quantile(first, 0.99)!,
      requests: total(first),
      connectP50Ns: quantile(less(after.client.connects, before.client.connects), 0.5)!,
      rttP50Ns: quantile(less(after.server.rtt, before.server.rtt), 0.5)!,
      retransmits: {
        server: after.server.retransmits - before.server.retransmits,
        client: after.client.retransmits - before.client.retransmits,
      },
    };
  }

  for (const family of ['address', 'address6'] as const) {
    it(`${family}: 10 ms and 2 % lost show as that, and not as the server's latency`, async () => {
      const server = await startIn(at.server, 'perconn', PORT, ...STEPS);
      serve(probes, SERVER, [server.pid], [PORT]);
      const near = await load(link.server[family]);
      assert.deepEqual([near.requests, near.told.failures, near.retransmits.server], [LOAD.count, 0, 0]);
      assert.ok(near.connectP50Ns < 2e6 && near.rttP50Ns < 4e6, JSON.stringify(near));

      await link.set({ delayMs: 10, lossPercent: 2 });
      const again = [counter(at.server, 'Tcp.RetransSegs'), counter(at.client, 'Tcp.RetransSegs')] as const;
      const far = await load(link.server[family]);
      assert.deepEqual([far.requests, far.told.failures], [LOAD.count, 0]);
      assert.ok(Math.abs(far.connectP50Ns / 20e6 - 1) < 0.05, `connect ${far.connectP50Ns} ns`);
      assert.ok(far.rttP50Ns >= 19.5e6 && far.rttP50Ns < 45e6, `round trip ${far.rttP50Ns} ns`);
      assert.ok(far.retransmits.server > 5 && far.retransmits.client > 5, JSON.stringify(far.retransmits));
      assert.equal(far.retransmits.server, counter(at.server, 'Tcp.RetransSegs') - again[0]);
      assert.ok(far.retransmits.client <= counter(at.client, 'Tcp.RetransSegs') - again[1]);
      assert.ok(
        far.told.p99Ns > 1.5 * near.told.p99Ns,
        `the client's P99 ${near.told.p99Ns}, then ${far.told.p99Ns} ns`,
      );
      assert.ok(Math.abs(far.p99Ns / near.p99Ns - 1) < 0.05, `the server's P99 ${near.p99Ns}, then ${far.p99Ns} ns`);
    });
  }
});
