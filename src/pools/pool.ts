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
  /** Ports it listens on, ascending. */
  ports: readonly number[];
  /** From the cgroup path; empty where there is none. */
  container: string;
  pod: string;
  namespace: string;
};
