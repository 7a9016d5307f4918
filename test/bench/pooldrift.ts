import { Probes } from '../../src/probes/probes.ts';
import { SchedProbe } from '../../src/probes/sched.ts';
import type { SchedSource } from '../../src/probes/types.ts';
import { threadsOf } from '../lib/procfs.ts';
import type { Running, Tool } from './tools.ts';
import type { WebServer } from './webserver.ts';

const POOL = 0;
/** The daemon's by default. */
export const LIMITS = { pools: 64, workers: 8192, memoryBytes: 64 * 2 ** 20, thieves: 10, overheadRatio: 0.02 };

/** The scheduler probe in this process, as the daemon opens it: each worker's last times off the CPU are kept. */
export function openProbe(requests = true): Promise<SchedSource> {
  return SchedProbe.open({ ...LIMITS, ring: 'bpf', requests });
}

/** All probes, or the scheduler's alone, as the daemon opens them. */
export function openProbes(all = true): Promise<Probes> {
  return Probes.open({ limits: LIMITS, probes: { sched: true, tcp: all, request: all, ring: 'bpf' } }, (message) => {
    throw new Error(message);
  });
}

/** Makes a server's threads the workers of a pool; the requests on its port are all measured. */
export function follow(probes: Probes, { pid, port }: Pick<WebServer, 'pid' | 'port'>, pool = POOL): void {
  probes.policy(pool, { threads: true, children: true });
  for (const tid of threadsOf(pid)) probes.assign(tid, pool, true);
  probes.flush();
  probes.serve(pool, [port], new Set([port]));
  probes.listeners();
}

/** Requests of a pool that the probe has counted. */
export function requestsOf(probes: Probes, pool = POOL): number {
  return probes.requests(pool)!.first.reduce((sum, count) => sum + count, 0);
}

/** The scheduler probe; what adopt() takes in becomes a worker, its threads and child processes follow it. */
export const pooldrift: Tool = {
  name: 'pooldrift',
  start: async () => running(await openProbe()),
};

/** The same where requests are not measured. */
export const withoutRequests: Tool = {
  name: 'pooldrift without requests',
  start: async () => running(await openProbe(false)),
};

function running(probe: SchedSource): Running {
  probe.policy(POOL, { threads: true, children: true });
  return {
    pids: [process.pid],
    adopt: (pid) => {
      probe.assign(pid, POOL, true);
      probe.flush();
    },
    stop: async () => {
      probe.drain(() => {});
      probe.close();
    },
  };
}
