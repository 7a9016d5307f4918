import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SchedOptions, SchedSource } from '../../src/probes/types.ts';
import type { Running, Tool } from './tools.ts';

const POOL = 0;
const SOURCE = join(import.meta.dirname, '../../src/probes/sched.ts');

/** The scheduler probe in this process, with the limits that the daemon has by default. */
export async function openProbe(): Promise<SchedSource> {
  const module = (await import(SOURCE)) as { SchedProbe: { open: (options: SchedOptions) => Promise<SchedSource> } };
  return module.SchedProbe.open({ pools: 64, workers: 8192, ring: 'bpf' });
}

/** What adopt() takes in becomes a worker; its threads and child processes follow it. */
export const pooldrift: Tool = {
  name: 'pooldrift',
  start: async () => running(await openProbe()),
  ...(existsSync(SOURCE) ? {} : { missing: 'no src/probes/sched.ts yet' }),
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
