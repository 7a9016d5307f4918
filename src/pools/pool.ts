/** What the rest of the daemon knows of a pool: its name, its members, how big it is meant to be. */

export const KINDS = ['go', 'nginx', 'node', 'jvm', 'postgres', 'redis', 'generic'] as const;
export type Kind = (typeof KINDS)[number];

/** Where a pool's size came from; the `size_source` label. */
export type SizeSource =
  | 'fixed'
  | 'environment'
  | 'runtime'
  | 'processes'
  | 'threads'
  | 'cgroup'
  | 'metric'
  | 'unknown';

/** What program a pool runs: that of its top process. */
export type Exe = {
  /** As the process sees it. */
  path: string;
  /** Tells another build under the same path: its build id, else its length and when it was written. */
  build: string;
  /** What an interpreter runs: its first argument that is no option; empty for other programs, and where not known. */
  script: string;
};

export type Pool = {
  /** Index in the kernel's tables, 0 .. limits.pools - 1. */
  index: number;
  name: string;
  /** Named in the configuration, else found by discovery. */
  configured: boolean;
  kind: Kind;
  /** Configured workers; null: not known. */
  size: number | null;
  sizeSource: SizeSource;
  /** One sentence for a person: "GOMAXPROCS=8 in its environment". */
  sizeReason: string;
  /** CPUs it may use: the least of quota, cpuset, affinity, online; null while it has no process. */
  cpuLimit: number | null;
  /** Member processes, ascending. */
  tgids: readonly number[];
  /** null: it has no process, or that may not be read. */
  exe: Exe | null;
  /** When the oldest of its living processes started, CLOCK_MONOTONIC, within 20 ms; null where there is none. */
  startedNs: number | null;
  /** Ports it listens on, ascending. */
  ports: readonly number[];
  /** From the cgroup path; empty where there is none. */
  container: string;
  pod: string;
  namespace: string;
};
