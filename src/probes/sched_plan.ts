import {
  CpuCell,
  CpuPlace,
  PoolStripe,
  RequestPlan,
  RequestStripe,
  TcpTotals,
  WorkerSlot,
} from '../decode/layout.gen.ts';
import type { SchedOptions } from './types.ts';

const MOST_STRIPES = 16;
/** Beside its slot: a task's storage, its arrival, its place in the stack of free slots and up to four before the storage. */
const WORKER_EXTRA_BYTES = 168;
const LEAST_WORKERS = 64;
/** 14,500 events between two looks, 100 ms apart; both rings count twice in RSS, for the BPF ring is mapped twice. */
const RING_BYTES = 1 << 20;
const PERF_BYTES = 256 << 10;
const LEAST_RING_BYTES = 16 << 10;
/** Of the memory, for all rings together. */
const RING_SHARE = 1 / 4;
/** A worker's last 32 times off the CPU, and 24 marks of its counters (bpf/include/past.h). */
const PAST_BYTES = 16 + 32 * 32 + 24 * 56;
/** Of the memory, for what is kept with each socket; such an element takes 256 bytes. */
const SOCKET_SHARE = 1 / 4;
const SOCKET_BYTES = 256;
/** Threads that one run of the task iterator can put into their pools. */
export const ASSIGNMENTS = 4096;
/** Maps of a fixed size, each begun page whole; a hash table's bucket and element are 16 and 64 bytes. */
const FIXED_BYTES = ASSIGNMENTS * 80 + (96 << 10);

/** What to load, decided on values. Bytes are kernel memory of maps. */
export type SchedPlan = {
  cpus: number;
  /** A power of two; CPUs beyond share them. */
  stripes: number;
  pools: number;
  workers: number;
  ringBytes: number;
  /** Places for a first look-up by thread id; a power of two. */
  front: number;
  /** Connections and listeners that are followed at once. */
  sockets: number;
  /** At most; more than the memory asked for only where the least does not fit either. */
  bytes: number;
};

/** Fits the tables into `memoryBytes`: fewer workers first (never fewer than 64), then fewer pools. */
export function planSched(options: SchedOptions, cpus: number, memoryBytes: number): SchedPlan {
  const stripes = Math.min(MOST_STRIPES, 2 ** Math.ceil(Math.log2(cpus)));
  const rings = options.ring === 'bpf' ? 1 : cpus;
  const ringBytes = options.ringBytes ?? fittingRing(options.ring, (memoryBytes * RING_SHARE) / rings);
  const followed = options.requests || options.connections;
  const sockets = followed ? Math.floor((memoryBytes * SOCKET_SHARE) / SOCKET_BYTES) : 0;
  const fixed = sockets * SOCKET_BYTES + cpus * (CpuCell.size + CpuPlace.size) + ringBytes * rings + FIXED_BYTES;
  const ofRequests = options.requests ? stripes * RequestStripe.size + RequestPlan.size + TcpTotals.size : 0;
  const perPool = stripes * PoolStripe.size + 8 + ofRequests;
  const perWorker = WorkerSlot.size + WORKER_EXTRA_BYTES + (options.requests ? PAST_BYTES : 0);
  const fitting = (bytes: number, each: number) => Math.floor((memoryBytes - fixed - bytes) / each);
  const pools = Math.max(1, Math.min(options.pools, fitting(LEAST_WORKERS * perWorker, perPool)));
  const workers = Math.max(LEAST_WORKERS, Math.min(options.workers, fitting(pools * perPool, perWorker)));
  const front = 2 ** Math.ceil(Math.log2(workers * 2));
  return {
    cpus,
    stripes,
    pools,
    workers,
    ringBytes,
    front,
    sockets,
    bytes: fixed + pools * perPool + workers * perWorker,
  };
}

/** A power of two. */
function fittingRing(kind: SchedOptions['ring'], bytes: number): number {
  const most = kind === 'bpf' ? RING_BYTES : PERF_BYTES;
  return Math.min(most, Math.max(LEAST_RING_BYTES, 2 ** Math.floor(Math.log2(bytes))));
}
