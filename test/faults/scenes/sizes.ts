import { pin } from '../../lib/causes.ts';
import { favoured } from '../../lib/cgroup.ts';
import { HERE, setting } from '../../lib/netns.ts';
import { goServer, handOff, perConnection, prefork } from '../../lib/webservers.ts';
import { hurry, PORT, type Scene, SERVER_CPU } from '../scene.ts';

export const GO_SETTINGS = `size: { metric: go_sched_gomaxprocs_threads }, scrape: { url: "http://127.0.0.1:${PORT}/metrics", interval: 1s }`;

export const sizes: readonly Scene[] = [
  {
    name: 'go-procs',
    what: 'Go beside whose requests 450 ms of work a second are shared out to GOMAXPROCS goroutines, with a quota of one CPU, goes from GOMAXPROCS 1 to 24; the size is scraped',
    right: ['oversized-pool'],
    async stage({ load }) {
      const server = await goServer(HERE, PORT, 1, 'cpu=200', 'batch=450');
      const held = favoured('held', { quotaUs: 100_000, periodUs: 100_000 });
      for (const pid of server.pids) held.add(pid);
      await load(PORT, { connections: 32, ratePerSecond: 700 }, HERE);
      const begin = () => server.steps('procs=24', 'cpu=200');
      return { pids: server.pids, settings: GO_SETTINGS, begin };
    },
  },
  {
    name: 'one-worker',
    what: 'twice as many requests, 840 a second of 1 ms each, to a hand-off pool of one worker that may use both CPUs',
    right: ['undersized-pool'],
    async stage({ net, group, load }) {
      const server = await handOff(net.server, PORT, 'accept', 1, 'cpu=1000');
      for (const pid of server.pids) group.add(pid);
      const how = { connections: 32, ratePerSecond: 420 };
      await load(PORT, how);
      return { pids: server.pids, begin: () => load(PORT, how) };
    },
  },
  {
    name: 'few-workers',
    what: 'four workers that wait 4 ms for each request get 870 requests a second, not 300; the CPU stays free',
    right: ['undersized-pool'],
    async stage({ net, group, load }) {
      const server = await handOff(net.server, PORT, 'accept', 4, 'cpu=50', 'sleep=4000');
      pin(SERVER_CPU, ...server.pids);
      hurry(group, ...server.pids);
      await load(PORT, { connections: 32, ratePerSecond: 300 });
      return { pids: server.pids, begin: () => load(PORT, { connections: 64, ratePerSecond: 570 }) };
    },
  },
  {
    name: 'many-threads',
    what: 'as many requests, by 64 connections instead of 4, to a server with a thread a connection and one CPU',
    right: ['oversized-pool'],
    async stage({ net, group, load }) {
      const server = await perConnection(net.server, PORT, 'cpu=1000');
      pin(SERVER_CPU, ...server.pids);
      for (const pid of server.pids) group.add(pid);
      const client = await load(PORT, { connections: 4, ratePerSecond: 850 });
      return {
        pids: server.pids,
        async begin() {
          await client.end();
          await load(PORT, { connections: 64, ratePerSecond: 850 });
        },
      };
    },
  },
  {
    name: 'accept-queue',
    what: 'four workers that each accept, wait 4 ms, answer, close; 1,100 connections a second, not 300: more than they can take, and an accept queue of 32',
    right: ['undersized-pool'],
    async stage({ net, group, load }) {
      setting(net.server, 'net.core.somaxconn', 32);
      const server = await prefork(net.server, PORT, 32, 4, 'cpu=50', 'sleep=4000');
      pin(SERVER_CPU, ...server.pids);
      hurry(group, ...server.pids);
      await load(PORT, { connections: 256, ratePerSecond: 300, reconnect: 1, late: 1 });
      const more = { connections: 256, ratePerSecond: 800, reconnect: 1, late: 1 } as const;
      return { pids: server.pids, begin: () => load(PORT, more) };
    },
  },
];
