/** Plain values that leave the kernel side. Times in nanoseconds, cumulative since the pool's slot was taken. */

export const STATES = ['oncpu', 'wakeup', 'runqueue', 'throttled', 'blocked'] as const;
export type State = (typeof STATES)[number];

export const REASONS = ['lock', 'epoll', 'network', 'io', 'sleep', 'fault', 'other'] as const;
export type Reason = (typeof REASONS)[number];

export const SCOPES = ['core', 'llc', 'node'] as const;
export type Scope = (typeof SCOPES)[number];

/** Everything the scheduler probe knows of one pool at one moment. Counters never go back. */
export type PoolSample = {
  /** CLOCK_MONOTONIC of the read. */
  atNs: number;
  /** Worker threads alive. */
  workers: number;
  /** Sum over workers, dead ones too; the five sum to workers x wall time. */
  timeNs: Record<State, number>;
  blockedNs: Record<Reason, number>;
  switches: { voluntary: number; involuntary: number };
  migrations: Record<Scope, number>;
  /** Run-queue time by thief; the key is decoded, its name not yet looked up. */
  stolen: readonly Theft[];
  /** Cumulative counts of the log-linear wait histogram, WAIT_BUCKETS long. */
  waits: Float64Array;
  /** Sum of all waits counted in `waits`. */
  waitSumNs: number;
};

export type Thief =
  | { kind: 'process'; tgid: number }
  | { kind: 'kernel' }
  | { kind: 'idle' }
  | { kind: 'self' }
  | { kind: 'unknown' }
  | { kind: 'other' };

export type Theft = { thief: Thief; stolenNs: number };

/** One quick look at a pool: how many workers are on a CPU, runnable or throttled at this moment. */
export type Activity = { pool: number; active: number };
