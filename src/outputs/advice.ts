import type { Finding } from '../attribution/explain.ts';
import type { JudgedPool } from '../attribution/judged.ts';
import type { Thief } from '../attribution/rivals.ts';
import { isOversized } from '../attribution/signs.ts';
import { nameOf } from './evidence.ts';

/** What to do next about a cause; docs/causes.md has more. */
export function advice({ cause, thief }: Pick<Finding, 'cause' | 'thief'>, reading: JudgedPool): string {
  const pid = pids(reading);
  switch (cause) {
    case 'cpu-throttled':
      return throttledAdvice(reading);
    case 'noisy-neighbour':
      return neighbourAdvice(thief);
    case 'oversized-pool':
      return `Try ${fitting(reading)} ${fitting(reading) === 1 ? 'worker' : 'workers'}: more only wait for each other`;
    case 'undersized-pool':
      return 'Add workers: there are CPUs for them';
    case 'load':
      return 'More CPUs or hosts, or less work for each request: more workers would only wait';
    case 'lock-contention':
      return `Find the lock: perf trace -e futex -p ${pid}, or the program's own mutex profile`;
    case 'disk-io':
      return `Look at the disk: iostat -x 1; at who writes: pidstat -d 1 -p ${pid}`;
    case 'memory-pressure':
      return 'Look at the memory limit and memory.pressure of its cgroup: pages are read back in';
    case 'downstream':
      return `Ask the services behind it: ss -tnp shows the connections of pid ${pid}`;
    case 'network':
      return networkAdvice(reading);
    case 'gc-pause':
      return 'Look at what it allocates: a heap profile; a higher memory goal collects less often (GOGC, GOMEMLIMIT, -Xmx)';
    case 'cpu-steal':
      return 'Ask who runs the host: its CPUs are promised to others too; move the pool to another host';
    case 'on-cpu':
      return `Profile it: perf record -g -p ${pid}`;
    case 'unexplained':
      return 'Find out what its parts stand for';
  }
}

/** More make no command that anybody would type. */
const PIDS_MAX = 8;

/** Each of its processes, as perf and pidstat take them: the first is often a master that serves nobody. */
function pids({ pool }: JudgedPool): string {
  return pool.tgids.slice(-PIDS_MAX).join(',') || 'PID';
}

/** Clients that send slowly are another matter than a way that loses. */
function networkAdvice({ request }: JudgedPool): string {
  const { p99Ns = null, p99LastNs = null } = request ?? {};
  if (p99Ns !== null && p99LastNs !== null && p99LastNs < p99Ns / 2)
    return 'Look at the clients and the way from them; a proxy that buffers requests spares the workers';
  return 'Look at the way to the services behind it: ss -ti shows what each connection sends again';
}

/** Below one CPU no number of workers escapes the quota. */
function throttledAdvice(reading: JudgedPool): string {
  if (!isOversized(reading) || (reading.pool.cpuLimit ?? 0) < 1) return 'Raise its quota';
  return `Raise its quota, or set its size to ${fitting(reading)}: fewer workers spend it less at once`;
}

function fitting({ pool }: JudgedPool): number {
  return Math.ceil(pool.cpuLimit ?? 1);
}

function neighbourAdvice(thief: Thief | null): string {
  if (thief === null) return 'Move them to other CPUs, or weigh them down';
  if (thief.cgroup === '') return 'Look at what the kernel does there: top -H shows its threads';
  return `Move ${nameOf(thief)} to other CPUs, or weigh it down`;
}
