import { rmSync } from 'node:fs';
import { scratch } from '../../lib/build.ts';
import { pin } from '../../lib/causes.ts';
import { memoryCgroup, noMemoryLimit } from '../../lib/cgroup.ts';
import { defer } from '../../lib/cleanup.ts';
import { HERE } from '../../lib/netns.ts';
import { goServer, handOff, nodeServer } from '../../lib/webservers.ts';
import { hurry, PORT, type Scene, SERVER_CPU } from '../scene.ts';
import { GO_SETTINGS } from './sizes.ts';

const MIB = 2 ** 20;

export const work: readonly Scene[] = [
  {
    name: 'slow-code',
    what: 'a Node server computes six times as long for each request',
    right: ['on-cpu'],
    async stage({ net, group, load }) {
      const server = await nodeServer(net.server, PORT, 'http', 'cpu=500');
      pin(SERVER_CPU, ...server.pids);
      hurry(group, ...server.pids);
      await load(PORT, { connections: 8, ratePerSecond: 100 });
      return { pids: server.pids, begin: () => server.steps('cpu=3000') };
    },
  },
  {
    name: 'double-load',
    what: 'twice as many requests, in open loop, to a hand-off pool of one worker: 840 a second of 1 ms each',
    right: ['load'],
    async stage({ net, group, load }) {
      const server = await handOff(net.server, PORT, 'accept', 1, 'cpu=1000');
      pin(SERVER_CPU, ...server.pids);
      for (const pid of server.pids) group.add(pid);
      const how = { connections: 32, ratePerSecond: 420 };
      await load(PORT, how);
      return { pids: server.pids, begin: () => load(PORT, how) };
    },
  },
  {
    name: 'gc-storm',
    what: 'Go with 48 MB of small objects that live, GOGC 400, then 5: the collector hardly rests, and requests must assist',
    right: ['gc-pause'],
    async stage({ group, load }) {
      const server = await goServer(HERE, PORT, 1, 'live=48', 'gogc=400', 'cpu=150', 'alloc=40000');
      pin(SERVER_CPU, ...server.pids);
      hurry(group, ...server.pids);
      await load(PORT, { connections: 16, ratePerSecond: 650 }, HERE);
      return {
        pids: server.pids,
        settings: GO_SETTINGS,
        begin: () => server.steps('gogc=5', 'cpu=150', 'alloc=40000'),
      };
    },
  },
  {
    name: 'memory-limit',
    what: 'the memory cgroup of a server that looks at 256 pages of a mapped file of 64 MiB for each request is limited to 16 MiB',
    right: ['memory-pressure'],
    lacks: noMemoryLimit,
    async stage({ net, group, load }) {
      const path = scratch('pages');
      defer(() => rmSync(path, { force: true }));
      const server = await handOff(net.server, PORT, 'accept', 16, 'cpu=100');
      const held = memoryCgroup('held');
      pin(SERVER_CPU, ...server.pids);
      hurry(group, ...server.pids);
      for (const pid of server.pids) held.add(pid);
      await server.steps('cpu=100', `pages=256,${path}`);
      await load(PORT, { connections: 16, ratePerSecond: 100 });
      return { pids: server.pids, begin: () => held.limit(16 * MIB) };
    },
  },
  {
    name: 'nothing',
    what: 'no fault: a Node server, 300 requests a second',
    right: [null],
    async stage({ net, group, load }) {
      const server = await nodeServer(net.server, PORT, 'http', 'cpu=500');
      pin(SERVER_CPU, ...server.pids);
      hurry(group, ...server.pids);
      await load(PORT, { connections: 8, ratePerSecond: 300 });
      return { pids: server.pids, begin: () => {} };
    },
  },
];
