/** A process event as the ring carries it, decoded. `comm` has passed printable(). */
export type ProcessEvent = {
  kind: 'fork' | 'exec' | 'exit' | 'thread-start' | 'thread-exit' | 'rename' | 'cgroup';
  tid: number;
  tgid: number;
  parentTgid: number;
  /** Kernfs node id of the cpu controller's cgroup. */
  cgroupId: number;
  /** CLOCK_MONOTONIC, nanoseconds. */
  atNs: number;
  comm: string;
  /** Pool index of a member, else null. */
  pool: number | null;
};

/** A listening TCP socket that a process holds. */
export type Listener = {
  tgid: number;
  port: number;
  family: 4 | 6;
  /** Inode number of its network namespace. */
  netns: number;
};
