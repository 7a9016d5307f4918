import { readFileSync } from 'node:fs';

/** USER_HZ: the unit of times in /proc/PID/stat, on every architecture Linux has today. */
const TICKS_PER_SECOND = 100;

/** CPU time of a process so far, its threads that have ended too; to 10 ms. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** What each of the processes takes of one core while `during` runs, in %. Rejects where one ends. */
export async function cpuShare(pids: readonly number[], during: () => Promise<unknown>): Promise<number[]> {
  const before_s = pids.map(cpuSeconds);
  const start_ms = performance.now();
  await during();
  const took_ms = performance.now() - start_ms;
  return pids.map((pid, i) => (1e5 * (cpuSeconds(pid) - before_s[i]!)) / took_ms);
}
