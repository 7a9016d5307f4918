import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server } from 'node:net';
import { Probes } from '../../src/probes/probes.ts';
import type { SchedProbe } from '../../src/probes/sched.ts';
import { TcpProbe } from '../../src/probes/tcp.ts';
import { programsOf } from '../lib/bpf.ts';
import { defer } from '../lib/cleanup.ts';
import { openProbe, sum, watch } from '../lib/probe.ts';

const LIMITS = { pools: 2, workers: 64, thieves: 10, memoryBytes: 64 << 20, overheadRatio: 0.02 };

describe('all probes of one daemon', function () {
  this.timeout(60_000);
  let server: Server;
  let port: number;

  beforeEach(async () => {
    server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    defer(() => void server.close());
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });

  async function oneConnection(): Promise<void> {
    const client = connect(port, '127.0.0.1');
    await once(client, 'connect');
    client.destroy();
    await once(client, 'close');
  }

  for (const [tcp, request] of [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ] as const) {
    it(`tcp ${tcp ? 'on' : 'off'}, request ${request ? 'on' : 'off'}: what is on counts, all are gone at the end`, async () => {
      const before = programsOf(process.pid);
      const warnings: string[] = [];
      const probes = await Probes.open(
        { limits: LIMITS, probes: { sched: true, tcp, request, ring: 'bpf' } },
        (warning) => warnings.push(warning),
      );
      defer(() => probes.close());
      probes.assign(process.pid, 0, true);
      probes.flush();
      assert.equal(probes.serve(0, [port], new Set([port])), true);
      assert.ok(probes.listeners().some((found) => found.tgid === process.pid && found.port === port));
      await oneConnection();
      const sample = probes.tcp(0);
      assert.equal(sample === null, !tcp);
      if (sample) {
        assert.equal(sum(sample.connects), 1);
        assert.deepEqual(
          sample.acceptQueues.map(({ port: of, most }) => [of, most]),
          [[port, 1]],
        );
      }
      assert.equal(probes.requests(0) === null, !request);
      assert.deepEqual(warnings, []);
      assert.deepEqual(
        probes.memory().map(({ object }) => object),
        ['sched', 'tcp', ...(request ? ['request'] : [])],
      );
      assert.equal(probes.rings().length, request ? 2 : 1);
      probes.release(0);
      assert.deepEqual(probes.tcp(0)?.acceptQueues ?? [], []);
      assert.ok(programsOf(process.pid).difference(before).size > 0);
      probes.close();
      assert.deepEqual([...programsOf(process.pid).difference(before)], []);
    });
  }

  it('where the request probe cannot be had, the TCP probe sees to the accept queues', async () => {
    const sched = (await openProbe({ requests: true })) as SchedProbe;
    const tcp = await TcpProbe.open(sched, { count: true, requests: true });
    defer(() => tcp.close());
    watch(sched, 0, [process.pid]);
    tcp.serve(0, [port], new Set());
    tcp.listeners();
    await oneConnection();
    assert.equal(tcp.sample(0).acceptQueues[0]!.most, 0);
    await tcp.seeQueues();
    await oneConnection();
    assert.equal(tcp.sample(0).acceptQueues[0]!.most, 1);
  });
});
