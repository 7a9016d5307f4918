import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile, total } from '../../src/windows/histogram.ts';
import { favourAll } from '../lib/cgroup.ts';
import { startClient, type Told } from '../lib/client.ts';
import { within } from '../lib/compare.ts';
import { type Link, noLinks, startLink } from '../lib/link.ts';
import { counter, type Network, network, noNetworks, startIn } from '../lib/netns.ts';
import { type OpenProbes, openProbes, serve } from '../lib/probe.ts';
import { skip } from '../lib/skip.ts';

const PORT = 8080;
const SERVER = 0;
const CLIENT = 1;
/** 5 ms each, every tenth 105: so the P99 is one of many that take as long, whatever else the machine does. */
const STEPS = ['sleep=5000', 'sleep=100000%10'];
const LOAD = { connections: 32, ratePerSecond: 400, count: 809, seconds: 20, reconnect: 10 };

type Seen = {
  told: Told;
  /** As the server sees it, from the first byte's arrival. */
  p99Ns: number;
  requests: number;
  /** Of the fastest, which a busy machine has not held up, and of all. */
  connectP5Ns: number;
  connectP50Ns: number;
  rttP50Ns: number;
  retransmits: { server: number; client: number };
  /** By the namespaces. */
  again: { server: number; client: number };
};

const SETTLED_TRIES = 100;

describe('trouble on the way to the clients', function () {
  this.timeout(60_000);
  this.retries(2);
  let at: Network;
  let probes: OpenProbes;
  let link: Link;

  beforeEach(async function () {
    skip(this, noNetworks() ?? noLinks());
    favourAll();
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
    const books = again();
    client.begin();
    const told = await client.told();
    await sleep(500); // what was lost last is sent again
    const { after, grown } = await settled(before, books);
    const less = (to: Float64Array, from: Float64Array) => to.map((count, i) => count - from[i]!);
    const [first, connects] = [less(after.first, before.first), less(after.client.connects, before.client.connects)];
    return {
      told,
      p99Ns: quantile(first, 0.99)!,
      requests: total(first),
      connectP5Ns: quantile(connects, 0.05)!,
      connectP50Ns: quantile(connects, 0.5)!,
      rttP50Ns: quantile(less(after.server.rtt, before.server.rtt), 0.5)!,
      retransmits: {
        server: after.server.retransmits - before.server.retransmits,
        client: after.client.retransmits - before.client.retransmits,
      },
      again: grown,
    };
  }

  function again(): Seen['again'] {
    return { server: counter(at.server, 'Tcp.RetransSegs'), client: counter(at.client, 'Tcp.RetransSegs') };
  }

  /** What a closed socket sent again is counted when its last byte is acknowledged: that is waited for. */
  async function settled(before: ReturnType<typeof counts>, books: Seen['again']) {
    for (let tries = 1; ; tries++) {
      probes.tcp.listeners();
      const [after, now] = [counts(), again()];
      const grown = { server: now.server - books.server, client: now.client - books.client };
      const equal = after.server.retransmits - before.server.retransmits === grown.server;
      if (equal || tries === SETTLED_TRIES) return { after, grown };
      await sleep(50);
    }
  }

  for (const family of ['address', 'address6'] as const) {
    it(`${family}: 10 ms and 2 % lost show as that, and not as the server's latency`, async () => {
      const server = await startIn(at.server, 'perconn', PORT, ...STEPS);
      serve(probes, SERVER, [server.pid], [PORT]);
      const near = await load(link.server[family]);
      assert.deepEqual([near.requests, near.told.failures, near.retransmits.server], [LOAD.count, 0, 0]);
      assert.ok(near.connectP50Ns < 2e6 && near.rttP50Ns < 4e6, JSON.stringify(near));

      await link.set({ delayMs: 10, lossPercent: 2 });
      const far = await load(link.server[family]);
      assert.deepEqual([far.requests, far.told.failures], [LOAD.count, 0]);
      within(far.connectP5Ns, 20e6, 0.05, 'the fastest connects');
      const said = `connect ${far.connectP50Ns} ns, the client says ${far.told.connectP50Ns}`;
      assert.ok(far.connectP50Ns >= 19.6e6 && far.connectP50Ns <= 1.016 * far.told.connectP50Ns, said);
      assert.ok(far.rttP50Ns >= 19.5e6 && far.rttP50Ns < 60e6, `round trip ${far.rttP50Ns} ns`);
      assert.ok(far.retransmits.server > 5 && far.retransmits.client > 5, JSON.stringify(far.retransmits));
      assert.equal(far.retransmits.server, far.again.server);
      assert.ok(far.retransmits.client <= far.again.client);
      assert.ok(
        far.told.p99Ns > 1.5 * near.told.p99Ns,
        `the client's P99 ${near.told.p99Ns}, then ${far.told.p99Ns} ns`,
      );
      assert.ok(Math.abs(far.p99Ns / near.p99Ns - 1) < 0.05, `the server's P99 ${near.p99Ns}, then ${far.p99Ns} ns`);
    });
  }
});
