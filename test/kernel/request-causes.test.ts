import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { scratch } from '../lib/build.ts';
import { type Change, changes, gained, pin, pinThread, type Served, show } from '../lib/causes.ts';
import { type Cgroup, diskCgroup, favoured, noDiskLimit, noQuota } from '../lib/cgroup.ts';
import { defer } from '../lib/cleanup.ts';
import { type Network, network, noNetworks } from '../lib/netns.ts';
import { threadsOf } from '../lib/procfs.ts';
import { skip } from '../lib/skip.ts';
import {
  goServer,
  handOff,
  nginxFile,
  nginxProxy,
  nodeServer,
  perConnection,
  type WebServer,
} from '../lib/webservers.ts';
import { startWorkload } from '../lib/workload.ts';

const PORT = 8100;
const MODES = ['accept', 'read'] as const;
/** The CPU of servers and hogs, and that of their clients. */
const [SERVER_CPU, CLIENT_CPU] = [1, 0];

let net: Network;

/** One that computes for each request. */
const COMPUTING: Record<string, () => Promise<Served>> = {
  nginx: async () => ({ name: 'nginx', pids: await nginxFile(net.server, PORT, 1), port: PORT }),
  Node: () => nodeServer(net.server, PORT, 'http', 'cpu=500'),
  Go: () => goServer(net.server, PORT, 1, 'cpu=500'),
  'a thread a connection': () => perConnection(net.server, PORT, 'cpu=500'),
  'a hand-off pool, the workers read': () => handOff(net.server, PORT, 'accept', 4, 'cpu=500'),
  'a hand-off pool, the acceptor reads': () => handOff(net.server, PORT, 'read', 4, 'cpu=500'),
};

/** A thread a connection and both hand-off pools, beside each other. */
async function threaded(...words: string[]): Promise<WebServer[]> {
  const [accept, read] = MODES.map((mode, i) => handOff(net.server, PORT + 1 + i, mode, 8, ...words));
  return [await perConnection(net.server, PORT, ...words), await accept!, await read!];
}

async function all(servers: readonly WebServer[], ...words: string[]): Promise<void> {
  for (const server of servers) await server.steps(...words);
}

/** Computes without end on the servers' CPU, and gets most of it; more of it beside one that hardly needs it. */
async function hog(group: Cgroup | null, heavy: boolean): Promise<number> {
  const { pid } = await startWorkload('busy', heavy ? 3 : 1, SERVER_CPU);
  group?.add(pid);
  for (const tid of threadsOf(pid)) setPriority(tid, heavy ? -20 : -10);
  return pid;
}

/** The thief is who had the CPU most, but for the pool itself. */
function stolenBy(pid: number, { name, stolenNs }: Change): void {
  const others = [...stolenNs].filter(([who]) => who !== 'self').sort(([, a], [, b]) => b - a);
  assert.equal(others[0]?.[0], pid, `${name}: ${JSON.stringify(others)}`);
}

describe('the tail has a known cause', function () {
  this.retries(2); // others on a shared machine take CPUs and disks too
  this.timeout(60_000);

  beforeEach(function () {
    skip(this, noNetworks());
    net = network();
  });

  describe('a hog on the core: run queue, and the hog is named', () => {
    const load = { connections: 2, thinkUs: 2000, cpu: CLIENT_CPU };

    for (const [name, start] of Object.entries(COMPUTING)) {
      it(name, async () => {
        const server = await start();
        pin(SERVER_CPU, ...server.pids);
        let thief = 0;
        const [change] = await changes(net, [server], load, async (group) => {
          thief = await hog(group, name === 'nginx');
        });
        gained(change!, 'runqueue');
        stolenBy(thief, change!);
      });
    }

    for (const mode of MODES) {
      it(`only the acceptor's of a hand-off pool: ${mode}`, async () => {
        const server = await handOff(net.server, PORT, mode, 4, 'cpu=100');
        pin(CLIENT_CPU, ...server.pids);
        pinThread(SERVER_CPU, server.tids[0]!);
        let thief = 0;
        const [change] = await changes(net, [server], load, async (group) => {
          thief = await hog(group, true);
        });
        gained(change!, 'runqueue');
        stolenBy(thief, change!);
      });
    }
  });

  describe('a CFS quota: throttled', () => {
    beforeEach(function () {
      skip(this, noQuota());
    });

    for (const [name, start] of Object.entries(COMPUTING)) {
      it(name, async () => {
        const server = await start();
        const nginx = name === 'nginx';
        const load = { connections: 3, thinkUs: nginx ? 500 : 2000 };
        const [change] = await changes(net, [server], load, () => {
          const group = favoured('slow', { quotaUs: nginx ? 1000 : 10_000, periodUs: 100_000 });
          for (const pid of server.pids) group.add(pid);
        });
        gained(change!, 'throttled');
      });
    }
  });

  const sparse = { connections: 6, thinkUs: 5000 };

  it('a lock that another holds: blocked_lock', async () => {
    const servers = await threaded('cpu=100', 'lock=0');
    const found = await changes(net, servers, sparse, () => all(servers, 'cpu=100', 'lock=0', 'holder=30000,150000'));
    for (const change of found) gained(change, 'blocked_lock');
  });

  it('a slow disk: blocked_io', async function () {
    const file = scratch('synced');
    writeFileSync(file, '');
    defer(() => rmSync(file));
    skip(this, noDiskLimit(file));
    const servers = await threaded('cpu=100', `fsync=${file}`);
    const found = await changes(net, servers, sparse, () => {
      const group = diskCgroup('disk', file, 300);
      for (const { pids } of servers) for (const pid of pids) group.add(pid);
    });
    for (const change of found) gained(change, 'blocked_io');
  });

  it('a slow server behind, asked by a call that blocks: blocked_network', async () => {
    const behind = await perConnection(net.server, PORT + 10, 'sleep=100');
    const servers = await threaded('cpu=100', `call=${behind.port}`);
    const found = await changes(net, servers, sparse, () => behind.steps('sleep=100', 'sleep=30000%20'));
    for (const change of found) gained(change, 'blocked_network');
  });

  it('a slow server behind, asked from an event loop: blocked_epoll', async () => {
    const proxy = await nginxProxy(net.server, PORT, 1, 'sleep=100');
    const node = await nodeServer(net.server, PORT + 2, 'http', 'sleep=1000');
    const found = await changes(net, [proxy, node], { connections: 3, thinkUs: 10_000 }, async () => {
      await proxy.steps('sleep=100', 'sleep=30000%20');
      await node.steps('sleep=1000', 'sleep=30000%20');
    });
    for (const change of found) gained(change, 'blocked_epoll');
  });

  describe('a worker that is busy with another request: queue', () => {
    const alone: Record<string, () => Promise<WebServer>> = {
      Node: () => nodeServer(net.server, PORT, 'http', 'cpu=50'),
      'a hand-off pool, the worker reads': () => handOff(net.server, PORT, 'accept', 1, 'cpu=50'),
      'a hand-off pool, the acceptor reads': () => handOff(net.server, PORT, 'read', 1, 'cpu=50'),
    };

    for (const [name, start] of Object.entries(alone)) {
      it(name, async () => {
        const server = await start();
        const [change] = await changes(net, [server], { connections: 64, thinkUs: 18_000 }, () =>
          server.steps('cpu=50', 'cpu=30000%2500'),
        );
        gained(change!, 'queue');
      });
    }
  });

  it('page faults: blocked_fault', async () => {
    const servers = await threaded('cpu=100');
    const found = await changes(net, servers, sparse, () => all(servers, 'cpu=100', 'fault=30000%20'));
    for (const change of found) gained(change, 'blocked_fault');
  });

  it('workers of an idle pool wait for work, not for a lock', async () => {
    const servers = (await threaded('cpu=100')).slice(1);
    const found = await changes(net, servers, { connections: 1, thinkUs: 3000 }, () => {});
    for (const { name, healthy } of found) {
      const { blocked_lock: lockNs, blocked_epoll: epollNs } = healthy.partNs;
      assert.ok(lockNs + epollNs < 0.02 * healthy.meanNs, `${name}: ${show(healthy)}`);
    }
  });
});
