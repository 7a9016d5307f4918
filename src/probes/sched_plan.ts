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
/** A worker's last 32 times off the CPU, and 28 marks of its counters (bpf/include/past.h). */
const PAST_BYTES = 32 + 32 * 32 + 28 * 56;
/** Of the memory, for what is kept with each socket: what pools and workers leave, between these two. */
const SOCKET_SHARES = [1 / 8, 3 / 8] as const;
/** struct socket_ctx with what the kernel puts before it, and the kernel's list of a socket's storages. */
export const SOCKET_BYTES = 256 + 192;
/** A CPU's ring of slow requests, where rings are per CPU; else one of 64 KiB. */
export const EXEMPLAR_RING_BYTES = { bpf: 64 << 10, perf: 8 << 10 } as const;
/** Threads that one run of the task iterator can put into their pools. */
export const ASSIGNMENTS = 4096;
/** Maps of a fixed size, each begun page whole; a hash table's bucket and element are 16 and 64 bytes. */
const FIXED_BYTES = ASSIGNMENTS * 80 + (96 << 10);
/** The same of bpf/tcp.bpf.c and bpf/request.bpf.c, without the rings. */
const TCP_BYTES = 128 << 10;
const REQUEST_BYTES = 48 << 10;
/** A CPU's: for a look at a request's bytes, for what is told of one. */
const SCRATCH_BYTES = 560 + 2 * 544 + 4 * 88;

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
  const ringBytes = options.ringBytes ?? fittingRing(options.ring, cpus, memoryBytes);
  const [leastSockets, mostSockets] = SOCKET_SHARES.map((share) => (isFollowing(options) ? memoryBytes * share : 0));
  const fixed = fixedBytes(options, cpus, ringBytes);
  const perPool = stripes * PoolStripe.size + 8 + TcpTotals.size + requestBytes(options, stripes);
  const perWorker = WorkerSlot.size + WORKER_EXTRA_BYTES + (options.requests ? PAST_BYTES : 0);
  const left = memoryBytes - fixed - leastSockets!;
  const fitting = (bytes: number, each: number) => Math.floor((left - bytes) / each);
  const pools = Math.max(1, Math.min(options.pools, fitting(LEAST_WORKERS * perWorker, perPool)));
  const workers = Math.max(LEAST_WORKERS, Math.min(options.workers, fitting(pools * perPool, perWorker)));
  const tables = fixed + pools * perPool + workers * perWorker;
  const sockets = Math.floor(Math.max(leastSockets!, Math.min(mostSockets!, memoryBytes - tables)) / SOCKET_BYTES);
  const front = 2 ** Math.ceil(Math.log2(workers * 2));
  return { cpus, stripes, pools, workers, ringBytes, front, sockets, bytes: tables + sockets * SOCKET_BYTES };
}

function isFollowing({ requests, connections }: SchedOptions): boolean {
  return Boolean(requests || connections);
}

function fixedBytes({ ring, requests }: SchedOptions, cpus: number, ringBytes: number): number {
  const rings = ring === 'bpf' ? 1 : cpus;
  const ofRequests = requests ? REQUEST_BYTES + cpus * SCRATCH_BYTES + rings * EXEMPLAR_RING_BYTES[ring] : 0;
  return FIXED_BYTES + TCP_BYTES + ofRequests + cpus * (CpuCell.size + CpuPlace.size) + ringBytes * rings;
}

/** A pool's. */
function requestBytes({ requests }: SchedOptions, stripes: number): number {
  return requests ? stripes * RequestStripe.size + RequestPlan.size : 0;
}

/** A power of two. */
function fittingRing(kind: SchedOptions['ring'], cpus: number, memoryBytes: number): number {
  const most = kind === 'bpf' ? RING_BYTES : PERF_BYTES;
  const share = (memoryBytes * RING_SHARE) / (kind === 'bpf' ? 1 : cpus);
  return Math.min(most, Math.max(LEAST_RING_BYTES, 2 ** Math.floor(Math.log2(share))));
}
