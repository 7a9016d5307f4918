import type { ChildProcess } from 'node:child_process';
import { workload } from '../lib/build.ts';
import { threadsOf } from '../lib/procfs.ts';
import { end, start } from './children.ts';
import { until } from './held.ts';
import type { WebServer } from './webserver.ts';

const FIRST_PORT = 17_200;
/** What perconn has beside a thread for each connection: its first thread and the one that accepts. */
const OTHER_THREADS = 2;

export type Served = Pick<WebServer, 'pid' | 'port'>;

/**
 * Runs `work` beside `count` HTTP servers of `threads` threads, all but two of which have a connection each and on it a
 * request `everyMs`; its handler takes some 2 ms, as a rule.
 */
export async function withServed<T>(
  count: number,
  threads: number,
  everyMs: number,
  work: (servers: Served[]) => Promise<T>,
): Promise<T> {
  const children: ChildProcess[] = [];
  const load = [`connections=${threads - OTHER_THREADS}`, `think=${everyMs * 1000}`, 'seconds=1000000'];
  try {
    const servers: Served[] = [];
    for (let port = FIRST_PORT; port < FIRST_PORT + count; port++) {
      const child = begin('perconn', `${port}`, 'lognormal=2000,1');
      children.push(child);
      servers.push({ pid: child.pid!, port });
    }
    await gathered(servers, OTHER_THREADS);
    for (const { port } of servers) {
      children.push(begin('client', '127.0.0.1', `${port}`, ...load));
    }
    await gathered(servers, threads);
    return await work(servers);
  } finally {
    for (const child of children.reverse()) await end(child); // clients first: they complain of servers that have gone
  }
}

function begin(name: string, ...args: string[]): ChildProcess {
  return start([workload(name), ...args], { stdio: ['pipe', 'ignore', 'inherit'] });
}

function gathered(servers: readonly Served[], threads: number): Promise<void> {
  return until(`servers of ${threads} threads`, () => servers.every(({ pid }) => threadsOf(pid).length === threads));
}
