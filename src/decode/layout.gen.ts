// Generated from the compiled objects' BTF by scripts/gen-layout.ts (make generate). Not to be edited.
// Offsets and sizes in bytes; X_count is the length of array X.

export const WorkerState = {
  FREE: 0,
  UNSEEDED: 1,
  ONCPU: 2,
  RUNQUEUE: 3,
  THROTTLED: 4,
  BLOCKED: 5,
} as const;

export const BlockReason = {
  LOCK: 0,
  EPOLL: 1,
  NETWORK: 2,
  IO: 3,
  SLEEP: 4,
  FAULT: 5,
  OTHER: 6,
  REASONS: 7,
} as const;

export const MigrationScope = {
  CORE: 0,
  LLC: 1,
  NODE: 2,
  SCOPES: 3,
} as const;

export const WorkerSlot = {
  size: 200,
  seq: 0,
  state: 4,
  since_ns: 8,
  woken_ns: 16,
  run_delay_ns: 24,
  hopped_ns: 32,
  pool: 40,
  cpu: 44,
  reason: 48,
  tid: 52,
  tgid: 56,
  retired: 60,
  oncpu_ns: 64,
  wakeup_ns: 72,
  runqueue_ns: 80,
  throttled_ns: 88,
  voluntary: 96,
  involuntary: 104,
  migrations: 112,
  migrations_count: 3,
  queued_on: 124,
  throttle_clock_ns: 128,
  blocked_ns: 136,
  blocked_ns_count: 7,
  waker: 192,
  past_head: 196,
} as const;

export const ThiefEntry = {
  size: 16,
  key: 0,
  pad: 4,
  stolen_ns: 8,
} as const;

export const ThiefTable = {
  size: 1040,
  entry: 0,
  entry_count: 64,
  other_ns: 1024,
  unknown_ns: 1032,
} as const;

export const ThiefKey = {
  TGID_MASK: 4194303,
  POOL_SHIFT: 22,
  POOL_MASK: 255,
  KTHREAD: 1073741824,
  SET: 2147483648,
} as const;

export const PoolStripe = {
  size: 5408,
  waits: 0,
  waits_count: 832,
  thieves: 3328,
  thieves_count: 2,
} as const;

export const PoolPolicy = {
  THREADS: 1,
  CHILDREN: 2,
} as const;

export const ProcessEventKind = {
  FORK: 1,
  EXEC: 2,
  EXIT: 3,
  THREAD_START: 4,
  THREAD_EXIT: 5,
  RENAME: 6,
  CGROUP: 7,
} as const;

export const ProcessEvent = {
  size: 56,
  kind: 0,
  tid: 4,
  tgid: 8,
  parent_tgid: 12,
  cgroup_id: 16,
  at_ns: 24,
  comm: 32,
  comm_count: 16,
  pool: 48,
  pad: 52,
} as const;

export const SchedConstants = {
  size: 24,
  count_all: 0,
  perf_ring: 4,
  shared_stripes: 8,
  stripe_mask: 12,
  has_prev_state: 16,
  front_mask: 20,
} as const;

export const SchedControl = {
  size: 72,
  clock_offset: 0,
  clock_at: 8,
  clock_best: 16,
  clock_window: 24,
  epoch: 32,
  no_thieves: 36,
  no_files: 40,
  slots_high: 44,
  events_produced: 48,
  events_lost: 56,
  workers_refused: 64,
} as const;

export const CpuPlace = {
  size: 16,
  core: 0,
  llc: 4,
  node: 8,
  pad: 12,
} as const;

export const CpuRun = {
  size: 16,
  start_ns: 0,
  key: 8,
  pad: 12,
} as const;

export const CpuCell = {
  size: 16448,
  armed: 0,
  quiet_from: 4,
  head: 8,
  last_key: 12,
  voluntary: 16,
  involuntary: 24,
  idle: 32,
  unused: 40,
  unused_count: 3,
  run: 64,
  run_count: 1024,
} as const;

export const Assignment = {
  size: 8,
  pool: 0,
  worker: 4,
} as const;

export const Listener = {
  size: 40,
  tgid: 0,
  port: 4,
  family: 8,
  netns: 12,
  pool: 16,
  drops: 20,
  full: 24,
  pad: 28,
  inode: 32,
} as const;

export const PortKey = {
  size: 8,
  pool: 0,
  port: 4,
} as const;

export const PortPlan = {
  size: 8,
  cell: 0,
  requests: 4,
} as const;

export const AcceptCell = {
  size: 16,
  owner: 0,
  most: 8,
  limit: 12,
} as const;

export const ConnectFailure = {
  REFUSED: 0,
  TIMEOUT: 1,
  RESET: 2,
  UNREACHABLE: 3,
  ABORTED: 4,
  OTHER: 5,
  FAILURES: 6,
} as const;

export const TcpTotals = {
  size: 6768,
  connects: 0,
  connects_count: 832,
  rtt: 3328,
  rtt_count: 832,
  connect_sum_ns: 6656,
  rtt_sum_ns: 6664,
  failures: 6672,
  failures_count: 6,
  segments_sent: 6720,
  retransmits: 6728,
  resets_sent: 6736,
  resets_received: 6744,
  sockets_refused: 6752,
  taken: 6760,
  generation: 6764,
} as const;

export const TcpControl = {
  size: 24,
  sockets: 0,
  sockets_most: 8,
  look: 16,
  mptcp: 20,
} as const;

export const RequestPart = {
  PART_QUEUE: 0,
  PART_ONCPU: 1,
  PART_WAKEUP: 2,
  PART_RUNQUEUE: 3,
  PART_THROTTLED: 4,
  PART_BLOCKED: 5,
  PARTS: 12,
} as const;

export const RequestDoubt = {
  DOUBT_PIPELINING: 0,
  DOUBT_HTTP2: 1,
  DOUBT_TLS: 2,
  DOUBT_IO_URING: 3,
  DOUBT_SPLICE: 4,
  DOUBTS: 5,
} as const;

export const BudgetRow = {
  size: 128,
  requests: 0,
  latency_ns: 8,
  part_ns: 16,
  part_ns_count: 12,
  moved: 112,
  shared_ns: 120,
} as const;

export const RequestStripe = {
  size: 20016,
  first: 0,
  first_count: 832,
  last: 3328,
  last_count: 832,
  budget: 6656,
  budget_count: 104,
  doubted: 19968,
  doubted_count: 5,
  sniffed_ns: 20008,
} as const;

export const RequestPlan = {
  size: 16,
  slow_ns: 0,
  left: 8,
  generation: 12,
} as const;

export const Exemplar = {
  size: 128,
  at_ns: 0,
  latency_ns: 8,
  part_ns: 16,
  part_ns_count: 12,
  pool: 112,
  tid: 116,
  port: 120,
  moved: 124,
} as const;

export const RequestControl = {
  size: 24,
  exemplars_produced: 0,
  exemplars_lost: 8,
  off: 16,
  pad: 20,
} as const;
