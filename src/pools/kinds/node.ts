import type { ProcessView } from '../view.ts';
import { type KindRules, type Sized, sum } from './kind.ts';

export const node: KindRules = {
  kind: 'node',
  recognise: (top) => /^node(js)?$/.test(top.exeName),
  size: (members) => sum(members.filter((m) => /^node(js)?$/.test(m.exeName)).map(sizeOf)),
};

/** Threads that Node keeps for itself, by the names they have since Node 22 or 24. */
const HOUSEHOLD = new Set(['MainThread', 'DelayedTaskSche', 'V8Worker', 'SignalInspector', 'libuv-worker']);
/** Main thread, four of V8's and the signal inspector: all are called "node" in Node 22. */
const UNNAMED_IN_22 = 6;

/** Event loop + libuv's pool + worker threads, as far as thread names tell them apart. */
function sizeOf(view: ProcessView): Sized {
  const comms = view.tasks.map((task) => task.comm);
  const alive = comms.filter((comm) => comm === 'libuv-worker').length;
  const pool = alive || threadpoolSize(view.environ.get('UV_THREADPOOL_SIZE'));
  const workers = workerThreads(comms);
  const libuv = `${pool} libuv threads${alive ? '' : ' once it uses them'}`;
  const rest = workers === null ? 'worker threads not told apart before Node 22' : `${workers} worker threads`;
  const source = view.environ.has('UV_THREADPOOL_SIZE') ? 'environment' : 'runtime';
  return { size: 1 + pool + (workers ?? 0), source, reason: `1 event loop + ${libuv} + ${rest}` };
}

/** Node 24 names each thread; 22 only some; in 20 all are called "node", libuv's too (measured on 20.20, 22.23, 24.21). */
function workerThreads(comms: readonly string[]): number | null {
  if (comms[0] === 'MainThread') return comms.filter((comm) => !HOUSEHOLD.has(comm)).length;
  if (!comms.includes('DelayedTaskSche')) return null;
  return Math.max(0, comms.filter((comm) => comm === comms[0]).length - UNNAMED_IN_22);
}

/** libuv's src/threadpool.c: atoi into an unsigned int, 0 becomes 1, at most 1024. */
export function threadpoolSize(text: string | undefined): number {
  if (text === undefined) return 4;
  const value = Number(/^\s*[+-]?\d+/.exec(text)?.[0] ?? 0);
  return value < 0 ? 1024 : Math.min(Math.max(value, 1), 1024);
}
