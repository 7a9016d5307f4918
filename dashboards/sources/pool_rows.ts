import { CATALOG } from '../../src/metrics/catalog.ts';
import { COMPONENT_COLOURS } from '../../src/outputs/colours.ts';
import { heat, lines, type PanelOf } from './panels.ts';
import { buckets, gauge, max, rate, ratio, sum } from './promql.ts';

const NO_PROCESS = 'The pool has had no process in this time';
const NO_SCRAPE = 'The program tells nothing of its collector: scrape in docs/configuration.md';

const { queue, oncpu, wakeup, runqueue, throttled } = COMPONENT_COLOURS;
/** Those of the same kinds of time in a request. */
const STATE_COLOURS = { oncpu, wakeup, runqueue, throttled, blocked: COMPONENT_COLOURS.blocked_epoll };
const REASON_COLOURS = {
  lock: COMPONENT_COLOURS.blocked_lock,
  io: COMPONENT_COLOURS.blocked_io,
  network: COMPONENT_COLOURS.blocked_network,
  epoll: COMPONENT_COLOURS.blocked_epoll,
  sleep: COMPONENT_COLOURS.blocked_sleep,
  fault: COMPONENT_COLOURS.blocked_fault,
  other: COMPONENT_COLOURS.blocked_other,
};

export const SIZE: readonly PanelOf[] = [
  lines({
    title: 'Size, what runs, what wants to run, and the CPUs for it',
    description: `Workers. **size**: configured. **active**: on a CPU, runnable or throttled at one moment, at the most. **parallelism**: on a CPU, on average. **demand**: on a CPU or waiting for one, on average. **CPU limit**: least of quota, cpuset, affinity and online CPUs. Demand well above parallelism: workers wait for CPUs. Size far above the CPU limit: they must. ${CATALOG.poolSizeDeviation.name} judges it. Several nodes: their sums.`,
    unit: 'none',
    empty: NO_PROCESS,
    width: 12,
    height: 10,
    lines: [
      ['size', sum([], gauge('poolSize'))],
      ['active', sum([], gauge('poolActiveWorkers'))],
      ['parallelism', sum([], gauge('poolParallelism'))],
      ['demand', sum([], gauge('poolDemand'))],
      ['CPU limit', sum([], gauge('poolCpuLimit'))],
      ['threads', sum([], gauge('poolThreads'))],
    ],
    colours: { parallelism: oncpu, demand: runqueue, active: queue },
    against: ['size', 'CPU limit'],
  }),
  heat({
    title: 'Waits for a CPU',
    description:
      'How many waits of each length ended a second, from runnable to running; the wake-up is in it, throttled time is not.',
    unit: 's',
    empty: 'No worker has waited in this time',
    width: 12,
    height: 10,
    expr: sum(['le'], buckets('poolWait')),
  }),
];

export const SCHEDULER: readonly PanelOf[] = [
  lines({
    title: 'What its workers do',
    description:
      'Workers (mean) in each state; they sum to all that there are. **throttled**: held back by a CPU quota. **wakeup**: woken, not in a run queue yet.',
    unit: 'none',
    empty: NO_PROCESS,
    width: 12,
    stacked: true,
    lines: [['{{state}}', sum(['state'], rate('poolTime'))]],
    colours: STATE_COLOURS,
  }),
  lines({
    title: 'What its workers are blocked on',
    description:
      'Workers (mean) that are blocked, by what they wait for. Idle workers are in it, mostly in epoll, network or lock: what has grown counts, not what is large.',
    unit: 'none',
    empty: NO_PROCESS,
    width: 12,
    stacked: true,
    lines: [['{{reason}}', sum(['reason'], rate('poolBlocked'))]],
    colours: REASON_COLOURS,
  }),
  lines({
    title: 'P99 of the wait for a CPU',
    description: 'Over the drift window, within 1.6 % of a wait that occurred.',
    unit: 's',
    empty: 'No worker has waited in this time',
    width: 12,
    lines: [['{{instance}} {{pool}}', max(['instance', 'pool'], gauge('poolWaitP99'))]],
  }),
  lines({
    title: 'Throttled',
    description:
      'Share of the time in which workers ran or wanted to for which a CPU quota held them back. More workers would only be throttled with them.',
    unit: 'percentunit',
    empty: NO_PROCESS,
    width: 12,
    lines: [
      [
        '{{instance}} {{pool}}',
        ratio(
          sum(['instance', 'pool'], rate('poolTime', { state: '="throttled"' })),
          sum(['instance', 'pool'], rate('poolTime', { state: '=~"oncpu|wakeup|runqueue|throttled"' })),
        ),
      ],
    ],
    colours: {},
  }),
  lines({
    title: 'Switches and migrations',
    description:
      'Switches away from a worker: **voluntary** where it blocked, **involuntary** where it was preempted. Moves between CPUs, by the widest boundary crossed.',
    unit: 'ops',
    empty: NO_PROCESS,
    width: 12,
    lines: [
      ['{{kind}} switches', sum(['kind'], rate('poolSwitches'))],
      ['migrations: {{scope}}', sum(['scope'], rate('poolMigrations'))],
    ],
  }),
];

export const MEMORY: readonly PanelOf[] = [
  lines({
    title: 'Collector',
    description:
      'Share of the time for which the garbage collector stops the program, and CPUs (mean) that serving requests spends on collecting instead (mark assist of Go): often the larger cost. By the own metrics of the program.',
    unit: 'percentunit',
    empty: NO_SCRAPE,
    width: 8,
    lines: [
      ['pauses {{instance}} {{pool}}', sum(['instance', 'pool'], rate('poolGcPause'))],
      ['assists {{instance}} {{pool}}', sum(['instance', 'pool'], rate('poolGcAssist'))],
    ],
  }),
  lines({
    title: 'Runs of the collector',
    description: 'By the own metrics of the program.',
    unit: 'ops',
    empty: NO_SCRAPE,
    width: 8,
    lines: [['{{instance}} {{pool}}', sum(['instance', 'pool'], rate('poolGcCycles'))]],
  }),
  lines({
    title: 'Heap and memory limit',
    description: 'The heap in use, by the own metrics of the program, and what its cgroup may use.',
    unit: 'bytes',
    empty: NO_SCRAPE,
    width: 8,
    lines: [
      ['heap {{instance}} {{pool}}', sum(['instance', 'pool'], gauge('poolHeap'))],
      ['limit', max([], gauge('poolMemoryLimit'))],
    ],
    against: ['limit'],
  }),
];
