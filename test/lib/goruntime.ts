import { workload } from './build.ts';
import { startProgram, type Workload } from './workload.ts';

/** A Go pool, and how many Ps its runtime had in use at each tenth of a second. */
export type GoPool = Workload & { activePs: number[] };

// Go: src/runtime/proc.go, schedtrace
const SCHED = /^SCHED \d+ms: gomaxprocs=(\d+) idleprocs=(\d+) /;

export async function startGoPool(
  size: number,
  ...args: [workers: number, burst: string, pause: string]
): Promise<GoPool> {
  const activePs: number[] = [];
  const env = { ...process.env, GOMAXPROCS: String(size), GODEBUG: 'schedtrace=100' };
  const load = await startProgram(workload('gopool'), args.map(String), env, (line) => {
    const figures = SCHED.exec(line);
    if (figures) activePs.push(Number(figures[1]) - Number(figures[2]));
  });
  return Object.assign(load, { activePs });
}

/** Each second's most, averaged: what pooldrift_pool_active_workers says, from the runtime's mouth. */
export function meanOfMaxima(tenths: readonly number[]): number {
  const maxima: number[] = [];
  for (let i = 0; i + 10 <= tenths.length; i += 10) maxima.push(Math.max(...tenths.slice(i, i + 10)));
  return maxima.reduce((a, b) => a + b, 0) / maxima.length;
}
