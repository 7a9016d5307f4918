import type { ProcessEvent } from '../decode/event.ts';
import type { PoolSample } from '../decode/sample.ts';

/** Who is in which pool, as the kernel side keeps it. Calls are collected and take effect at flush(). */
export interface Membership {
  /** Makes a thread a worker of a pool, or a mere member (`worker: false`); null takes it out. */
  assign(tid: number, pool: number | null, worker: boolean): void;
  /** What the kernel does by itself for members' new threads and child processes. */
  policy(pool: number, policy: { threads: boolean; children: boolean }): void;
  /** Forgets a pool's counters, so that its index can serve another. */
  release(pool: number): void;
  flush(): void;
}

/** How one ring has fared since the start. */
export type RingStats = { ring: string; records: number; lost: number; decodeErrors: number };

/** One BPF program's own statistics; runs and time are known only while the kernel's statistics were on. */
export type ProgramStats = { program: string; runs: number; runNs: number; recursionMisses: number };

export type SchedOptions = {
  /** Most pools at once. */
  pools: number;
  /** Most workers at once, over all pools. */
  workers: number;
  ring: 'bpf' | 'perf';
  /** Ring size in bytes, a power of two; a CPU's share where the ring is per CPU. */
  ringBytes?: number;
  /** Most kernel memory of maps, bytes; tables shrink to fit. Default 64 MiB. */
  memoryBytes?: number;
  /** Connections are followed; also where requests are. */
  connections?: boolean;
  /** Requests are followed: each worker's last 32 times off the CPU are kept, and marks of what was before. */
  requests?: boolean;
  /** Tests only: the kernel side believes in this many possible CPUs. */
  possibleCpus?: number;
  /** Tests only: count every switch of the host, idle ones too. */
  countAll?: boolean;
};

/** Optional work that can be shed, in the order in which it is given up. */
export const SHEDDABLE = ['thieves', 'files', 'requests'] as const;
export type Sheddable = (typeof SHEDDABLE)[number];

/** The scheduler probe, loaded and attached. Implemented by SchedProbe in sched.ts (`await SchedProbe.open(options)`). */
export interface SchedSource extends Membership {
  /** Every pool that has or had a member, by index. Reads mapped memory only: no syscall. */
  sample(): Map<number, PoolSample>;
  /** Workers on a CPU, runnable or throttled at this moment, by pool index. Cheap: every 100 ms. */
  activity(): Uint32Array;
  /** Hands over every process event that waits in the ring. */
  drain(handler: (event: ProcessEvent) => void): void;
  rings(): RingStats[];
  programs(): ProgramStats[];
  /** Kernel memory of the maps, by object. */
  memory(): { object: string; bytes: number }[];
  /** Workers that found no free slot since the start. */
  workersRefused(): number;
  /** Host-wide switches since the attachment; only with countAll. */
  hostSwitches(): { voluntary: number; involuntary: number; idle: number };
  /** Switches optional work off (true) or on again. */
  shed(work: Exclude<Sheddable, 'requests'>, off: boolean): void;
  /** Runs the task iterator at once: what assign() asked for is in force when it returns. */
  flush(): void;
  close(): void;
}
