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

/** What a request's time is made of, before and after its first read; INTERFACE.md's components, in its order. */
export const COMPONENTS = [
  'queue',
  'wakeup',
  'oncpu',
  'runqueue',
  'throttled',
  'blocked_lock',
  'blocked_io',
  'blocked_network',
  'blocked_epoll',
  'blocked_sleep',
  'blocked_fault',
  'blocked_other',
  'unexplained',
] as const;
export type Component = (typeof COMPONENTS)[number];

/** Why the kernel cannot see a request rightly. */
export const DOUBTS = ['pipelining', 'http2', 'tls', 'io_uring', 'splice', 'sockets'] as const;
export type Doubt = (typeof DOUBTS)[number];

/** Requests of one latency bucket, 4 buckets an octave: bucket i holds the wait buckets 8 i to 8 i + 7. */
export type BudgetRow = {
  requests: number;
  latencyNs: number;
  /** Sums to latencyNs; `unexplained` is what is left, and may be below 0 by clock noise. */
  partNs: Record<Component, number>;
  /** Requests whose first read and response were made by different threads. */
  moved: number;
  /** On-CPU time inside requests whose thread touched other connections meanwhile: some of it may be theirs. */
  sharedNs: number;
};

/** Everything the request probe knows of one pool at one moment. Counters never go back. */
export type RequestSample = {
  /** CLOCK_MONOTONIC of the read. */
  atNs: number;
  /** Requests by latency from the arrival of their first byte; WAIT_BUCKETS long. */
  first: Float64Array;
  /** The same from the last arrival before the response. */
  last: Float64Array;
  /** BUDGET_BUCKETS rows. */
  budget: readonly BudgetRow[];
  /** Requests on connections that the probe cannot see rightly, by reason; `sockets`: connections not followed at all. */
  doubted: Record<Doubt, number>;
};

/** One slow request, as the ring brought it. */
export type Exemplar = {
  pool: number;
  /** The thread that answered. */
  tid: number;
  port: number;
  /** CLOCK_MONOTONIC of the response. */
  atNs: number;
  latencyNs: number;
  partNs: Record<Component, number>;
  moved: boolean;
};

export const CONNECT_FAILURES = ['refused', 'timeout', 'reset', 'unreachable', 'aborted', 'other'] as const;
export type ConnectFailure = (typeof CONNECT_FAILURES)[number];

/** One listening port of a pool. */
export type AcceptQueue = {
  port: number;
  /** Most waiting connections, of the interval that runs and of the one before. */
  most: number;
  limit: number;
};

/** Everything the TCP probe knows of one pool at one moment. Counters never go back. */
export type TcpSample = {
  /** Outgoing connections by SYN sent to established; WAIT_BUCKETS long. */
  connects: Float64Array;
  connectSumNs: number;
  connectFailures: Record<ConnectFailure, number>;
  acceptQueues: readonly AcceptQueue[];
  acceptOverflows: number;
  segmentsSent: number;
  retransmits: number;
  resets: { sent: number; received: number };
  /** Smoothed round trip of each connection that sends, looked at each interval and at its end; WAIT_BUCKETS long. */
  rtt: Float64Array;
  rttSumNs: number;
};
