import { SchedProbe } from '../../src/probes/sched.ts';
import type { SchedSource } from '../../src/probes/types.ts';
import type { Running, Tool } from './tools.ts';

const POOL = 0;

/** The scheduler probe in this process, with the limits that the daemon has by default. */
export function openProbe(): Promise<SchedSource> {
  return SchedProbe.open({ pools: 64, workers: 8192, ring: 'bpf' });
}

/** What adopt() takes in becomes a worker; its threads and child processes follow it. */
export const pooldrift: Tool = {
  name: 'pooldrift',
  start: async () => running(await openProbe()),
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
