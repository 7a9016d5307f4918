import { ALERTING } from './alerting.ts';
import { REQUESTS } from './catalog_requests.ts';
import { RUNTIME } from './catalog_runtime.ts';
import { type Metric, POOL } from './metric.ts';
import { NOTIFICATIONS } from './notifications.ts';

/**
 * Every metric of pooldrift, in the order of the output: the one source of names, help, units and label caps for
 * /metrics, docs/METRICS.md, dashboards and rules. Names are a contract: add freely, rename none.
 */
export const CATALOG = {
  buildInfo: {
    name: 'pooldrift_build_info',
    type: 'gauge',
    unit: '',
    help: 'Always 1; what is running, and on which kernel.',
    labels: { version: '1', revision: '1', nodeversion: '1', kernel: '1' },
  },
  poolInfo: {
    name: 'pooldrift_pool_info',
    type: 'gauge',
    unit: '',
    help: 'Always 1; what kind of pool it is and where its size was read. Container labels come from the cgroup path.',
    labels: {
      ...POOL,
      kind: '1 a pool',
      size_source: '1 a pool',
      container: '1 a pool',
      pod: '1 a pool',
      namespace: '1 a pool',
    },
  },
  poolSize: {
    name: 'pooldrift_pool_size',
    type: 'gauge',
    unit: '',
    help: 'Configured workers, such as GOMAXPROCS or worker_processes. Absent where it is not known.',
    labels: POOL,
  },
  poolThreads: {
    name: 'pooldrift_pool_threads',
    type: 'gauge',
    unit: '',
    help: 'Worker threads alive.',
    labels: POOL,
  },
  poolActiveWorkers: {
    name: 'pooldrift_pool_active_workers',
    type: 'gauge',
    unit: '',
    help: 'Workers on a CPU, runnable or throttled at one moment: sampled every 100 ms, the maximum of each second, averaged over the interval. For Go an upper bound of the active Ps.',
    labels: POOL,
  },
  poolParallelism: {
    name: 'pooldrift_pool_parallelism',
    type: 'gauge',
    unit: '',
    help: 'Mean workers on a CPU at once, over the interval.',
    labels: POOL,
  },
  poolDemand: {
    name: 'pooldrift_pool_demand',
    type: 'gauge',
    unit: '',
    help: 'Mean workers on a CPU, waking, in a run queue or throttled, over the interval.',
    labels: POOL,
  },
  poolSizeDeviation: {
    name: 'pooldrift_pool_size_deviation',
    type: 'gauge',
    unit: '',
    help: 'Active workers less size where the mean demand exceeds the size by more than one too; parallelism less size while demand is at least size (negative: workers want to run and cannot); else 0. Absent while the size is not known.',
    labels: POOL,
  },
  poolCpuLimit: {
    name: 'pooldrift_pool_cpu_limit',
    type: 'gauge',
    unit: '',
    help: 'CPUs it may use: the least of quota (tightest ancestor), cpuset, affinity and online CPUs.',
    labels: POOL,
  },
  poolTime: {
    name: 'pooldrift_pool_time_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Time of all workers by scheduler state. The states sum to workers x wall time at every read.',
    labels: { ...POOL, state: '5' },
  },
  poolBlocked: {
    name: 'pooldrift_pool_blocked_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Blocked time by what the worker waited for. The reasons sum to the state blocked.',
    labels: { ...POOL, reason: '7' },
  },
  poolWait: {
    name: 'pooldrift_pool_runqueue_wait_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Each wait from runnable to running, the wake-up included, throttled time excluded.',
    labels: POOL,
  },
  poolWaitP99: {
    name: 'pooldrift_pool_runqueue_wait_p99_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'P99 of those waits over the drift window, within 1.6 % of a wait that occurred. Absent where none ended.',
    labels: POOL,
  },
  poolStolen: {
    name: 'pooldrift_pool_stolen_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Run-queue time by who was running meanwhile: command of the thread group leader and its cgroup, or self, kernel, idle, unknown, other (over the cap). They sum to the state runqueue.',
    labels: { ...POOL, thief: 'limits.thieves a pool, and self, kernel, idle, unknown, other' },
  },
  poolSwitches: {
    name: 'pooldrift_pool_switches_total',
    type: 'counter',
    unit: '',
    help: 'Switches away from a worker: voluntary where it blocked, involuntary where it was preempted.',
    labels: { ...POOL, kind: '2' },
  },
  poolMigrations: {
    name: 'pooldrift_pool_migrations_total',
    type: 'counter',
    unit: '',
    help: 'Moves of a worker between CPUs, by the widest boundary crossed: core, last-level cache (llc), NUMA node.',
    labels: { ...POOL, scope: '3' },
  },
  ...RUNTIME,
  ...REQUESTS,
  ringRecords: {
    name: 'pooldrift_ring_records_total',
    type: 'counter',
    unit: '',
    help: 'Records read from a ring.',
    labels: { ring: 'one a probe' },
  },
  ringLost: {
    name: 'pooldrift_ring_lost_total',
    type: 'counter',
    unit: '',
    help: 'Records that found the ring full. Received and lost sum to what the kernel side produced.',
    labels: { ring: 'one a probe' },
  },
  decodeErrors: {
    name: 'pooldrift_decode_errors_total',
    type: 'counter',
    unit: '',
    help: 'Records that could not be decoded.',
    labels: { ring: 'one a probe' },
  },
  bpfRuns: {
    name: 'pooldrift_bpf_runs_total',
    type: 'counter',
    unit: '',
    help: 'Runs of a BPF program, counted for one second a minute and scaled.',
    labels: { program: 'programs attached' },
  },
  bpfRunTime: {
    name: 'pooldrift_bpf_run_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Time spent inside a BPF program, measured for one second a minute and scaled; dispatch is not in it.',
    labels: { program: 'programs attached' },
  },
  bpfRecursionMisses: {
    name: 'pooldrift_bpf_recursion_misses_total',
    type: 'counter',
    unit: '',
    help: 'Runs that the kernel skipped because the program was already running on that CPU.',
    labels: { program: 'programs attached' },
  },
  bpfMemory: {
    name: 'pooldrift_bpf_memory_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Kernel memory of the maps of a BPF object.',
    labels: { object: 'objects loaded' },
  },
  overhead: {
    name: 'pooldrift_overhead_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the CPU time of the host that pooldrift takes: probes (run time and calibrated dispatch) and daemon.',
    labels: {},
  },
  workersRefused: {
    name: 'pooldrift_workers_refused_total',
    type: 'counter',
    unit: '',
    help: 'Worker threads that found no free slot (limits.workers) and are not counted in their pool.',
    labels: {},
  },
  poolsRefused: {
    name: 'pooldrift_pools_refused_total',
    type: 'counter',
    unit: '',
    help: 'Pools that found no free place (limits.pools) and are not watched.',
    labels: {},
  },
  seriesDropped: {
    name: 'pooldrift_series_dropped_total',
    type: 'counter',
    unit: '',
    help: 'Series of a metric that were over the cap of a label and went to its value other.',
    labels: { metric: 'metrics with a cap' },
  },
  ...ALERTING,
  ...NOTIFICATIONS,
} as const satisfies Record<string, Metric>;

export type MetricKey = keyof typeof CATALOG;
