import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { scratch } from '../../lib/build.ts';
import { pin } from '../../lib/causes.ts';
import { diskCgroup, noDiskLimit } from '../../lib/cgroup.ts';
import { defer } from '../../lib/cleanup.ts';
import { handOff, nginxProxy, perConnection } from '../../lib/webservers.ts';
import { startWorkload } from '../../lib/workload.ts';
import { CLIENT_CPU, type Ground, hurry, PORT, type Scene, SERVER_CPU } from '../scene.ts';

const BEHIND = PORT + 1;
const FOLDER = dirname(scratch('file'));

/** Workers that hand-off gives requests to, so many that one is always free. */
async function pooled({ net, group, load }: Ground, ratePerSecond: number, ...words: string[]) {
  const server = await handOff(net.server, PORT, 'accept', 48, ...words);
  pin(SERVER_CPU, ...server.pids);
  hurry(group, ...server.pids);
  await load(PORT, { connections: 32, ratePerSecond });
  return server;
}

function file(name: string): string {
  const path = scratch(name);
  defer(() => rmSync(path, { force: true }));
  return path;
}

export const waiting: readonly Scene[] = [
  {
    name: 'lock-convoy',
    what: 'workers of a hand-off pool hold their one lock for 0.85 ms a request, not for none: convoys form',
    right: ['lock-contention'],
    async stage(ground) {
      const server = await pooled(ground, 800, 'cpu=100', 'lock=0');
      return { pids: server.pids, begin: () => server.steps('cpu=100', 'lock=850') };
    },
  },
  {
    name: 'fsync-storm',
    what: 'a server that syncs a file for each request; eight programs write and sync beside it, on a disk that takes 1,500 writes a second',
    right: ['disk-io'],
    lacks: () => noDiskLimit(FOLDER),
    async stage(ground) {
      const server = await pooled(ground, 100, 'cpu=100', `fsync=${file('synced')}`);
      return {
        pids: server.pids,
        async begin() {
          const disk = diskCgroup('disk', FOLDER, 1500);
          for (const pid of server.pids) disk.add(pid);
          for (let i = 0; i < 8; i++) {
            const { pid } = await startWorkload('fsyncer', file(`storm-${i}`));
            pin(CLIENT_CPU, pid);
            disk.add(pid);
          }
        },
      };
    },
  },
  {
    name: 'slow-downstream',
    what: 'workers of a hand-off pool ask another server, which takes 12 ms, not 1',
    right: ['downstream'],
    async stage(ground) {
      const behind = await perConnection(ground.net.server, BEHIND, 'sleep=1000');
      pin(CLIENT_CPU, ...behind.pids);
      const server = await pooled(ground, 700, 'cpu=100', `call=${BEHIND}`);
      return { pids: server.pids, begin: () => behind.steps('sleep=12000') };
    },
  },
  {
    name: 'slow-upstream-of-nginx',
    what: 'nginx passes requests on to a server that takes 10 ms, not 1',
    right: ['downstream'],
    async stage({ net, group, load }) {
      const proxy = await nginxProxy(net.server, PORT, 1, 'sleep=1000');
      pin(SERVER_CPU, ...proxy.pids);
      hurry(group, ...proxy.pids);
      await load(PORT, { connections: 32, ratePerSecond: 700 });
      return { pids: proxy.pids, begin: () => proxy.steps('sleep=10000') };
    },
  },
];
