import { type Metric, POOL } from './metric.ts';

/** A pool's memory: its program's own garbage collector, by its scrape, and the limit of its cgroup. */
export const RUNTIME = {
  poolGcPause: {
    name: 'pooldrift_pool_gc_pause_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Time for which the garbage collector of the program stopped it, by its own metrics (scrape), since the first scrape. Absent where it does not tell.',
    labels: POOL,
  },
  poolGcAssist: {
    name: 'pooldrift_pool_gc_assist_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'CPU time for which what serves requests collected garbage instead of going on (mark assist of Go), by its own metrics. It is no pause, and often the larger cost.',
    labels: POOL,
  },
  poolGcCycles: {
    name: 'pooldrift_pool_gc_cycles_total',
    type: 'counter',
    unit: '',
    help: 'Runs of the garbage collector, by the own metrics of the program, since the first scrape.',
    labels: POOL,
  },
  poolHeap: {
    name: 'pooldrift_pool_heap_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Heap in use, by the own metrics of the program.',
    labels: POOL,
  },
  poolMemoryLimit: {
    name: 'pooldrift_pool_memory_limit_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory that the cgroup of its first process may use: the least limit on the way up. Absent where there is none.',
    labels: POOL,
  },
} as const satisfies Record<string, Metric>;
