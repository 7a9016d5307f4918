import { readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { pin } from '../../lib/causes.ts';
import { type Cgroup, favoured } from '../../lib/cgroup.ts';
import { threadsOf } from '../../lib/procfs.ts';
import { perConnection, type WebServer } from '../../lib/webservers.ts';
import { startWorkload } from '../../lib/workload.ts';
import { type Ground, PORT, type Scene, SERVER_CPU } from '../scene.ts';

const HOG = 'busy';

/** Computes without end on the servers' CPU. */
export async function hog(group: Cgroup, threads: number, nice = 0): Promise<void> {
  const { pid } = await startWorkload(HOG, threads, SERVER_CPU);
  for (const tid of threadsOf(pid)) setPriority(tid, nice);
  group.add(pid);
}

/** Makes a favoured cgroup so many times lighter. */
export function lighten(group: Cgroup, times: number): void {
  const file = join(group.folder, 'cpu.shares');
  writeFileSync(file, String(Math.floor(Number(readFileSync(file, 'utf8')) / times)));
}

/** A thread a connection, a sixth of its CPU used; a request mostly sleeps, some 3 ms. */
export async function computing({ net, load }: Ground, group: Cgroup): Promise<WebServer> {
  const server = await perConnection(net.server, PORT, 'cpu=130', 'lognormal=3000,0.5');
  pin(SERVER_CPU, ...server.pids);
  for (const pid of server.pids) group.add(pid);
  await load(PORT, { connections: 32, ratePerSecond: 1000 });
  return server;
}

export const neighbours: readonly Scene[] = [
  {
    name: 'hog',
    what: 'eight threads of nice -5 that compute without end come on the CPU of a server with a thread a connection',
    right: ['noisy-neighbour'],
    thief: HOG,
    async stage(ground) {
      const { pids } = await computing(ground, ground.group);
      return { pids, begin: () => hog(ground.group, 8, -5) };
    },
  },
  {
    name: 'hog-in-cgroup',
    what: 'three that compute without end on its CPU, in a cgroup of eight times the weight of its own',
    right: ['noisy-neighbour'],
    thief: HOG,
    async stage(ground) {
      const [held, other] = [favoured('held'), favoured('other')];
      lighten(held, 8);
      const { pids } = await computing(ground, held);
      return { pids, begin: () => hog(other, 3) };
    },
  },
];
