import type { Board } from './board.ts';
import { stat } from './figures.ts';
import { lines, steps } from './panels.ts';
import { avg, gauge, increase, max, processGauge, processRate, rate, slowRate, sum } from './promql.ts';
import { RULES } from './self_rows.ts';

const OF = ['instance'] as const;
const NO_DAEMON = 'No daemon: is pooldrift scraped?';
const MEASURED_LATER = 'Not measured yet: programs are timed one second a minute';

const lost = increase('ringLost');
const figures = [
  stat({
    title: 'Greatest overhead',
    description:
      "Share of a host's CPU time that pooldrift takes there: its BPF programs (run time and calibrated dispatch) and the daemon. limits.overhead is 2 % by default; above it optional work is given up.",
    unit: 'percentunit',
    empty: MEASURED_LATER,
    width: 5,
    decimals: 2,
    lines: [['overhead', max([], gauge('overhead'))]],
    thresholds: steps([0.01, 'orange'], [0.02, 'red']),
  }),
  stat({
    title: 'Records lost',
    description:
      'Records of process events that found their ring full, in the last interval. Where it is not 0, memberships of threads may be wrong until the next look.',
    unit: 'none',
    empty: NO_DAEMON,
    width: 5,
    decimals: 0,
    lines: [['lost', sum([], lost)]],
    thresholds: steps([1, 'red']),
  }),
  stat({
    title: 'Over a limit',
    description:
      'Workers and pools that found no place (limits.workers, limits.pools) and series over the cap of a label, in the last interval.',
    unit: 'none',
    empty: NO_DAEMON,
    width: 5,
    decimals: 0,
    lines: [
      ['workers', sum([], increase('workersRefused'))],
      ['pools', sum([], increase('poolsRefused'))],
    ],
    thresholds: steps([1, 'red']),
  }),
  stat({
    title: 'Greatest memory',
    description: 'Of one daemon: its process, and kernel memory of its BPF maps, which the process does not show.',
    unit: 'bytes',
    empty: NO_DAEMON,
    width: 5,
    lines: [
      ['process', max([], processGauge('process_resident_memory_bytes'))],
      ['BPF maps', `max(${sum(['job', 'instance'], gauge('bpfMemory'))})`],
    ],
  }),
  stat({
    title: 'Versions',
    description: 'What is running; more than one: a roll-out is not finished.',
    unit: 'none',
    empty: NO_DAEMON,
    width: 4,
    names: true,
    lines: [['{{version}}', max(['version'], gauge('buildInfo'))]],
  }),
];

const cost = [
  lines({
    title: 'Overhead',
    description:
      "Share of the host's CPU time. At the dashed line optional work is given up (limits.overhead, if it is the default).",
    unit: 'percentunit',
    empty: MEASURED_LATER,
    width: 8,
    lines: [['{{instance}}', max(OF, gauge('overhead'))]],
    limit: 0.02,
  }),
  lines({
    title: 'CPU of the daemon',
    description: 'CPUs that the process itself takes; its BPF programs run in the time of others.',
    unit: 'percentunit',
    empty: NO_DAEMON,
    width: 8,
    lines: [['{{instance}}', sum(OF, processRate('process_cpu_seconds_total'))]],
  }),
  lines({
    title: 'CPU of the BPF programs',
    description:
      'CPUs that each program takes, dispatch not included; timed one second a minute and scaled; the mean of 5 minutes. All nodes together.',
    unit: 'percentunit',
    empty: MEASURED_LATER,
    width: 8,
    stacked: true,
    lines: [['{{program}}', sum(['program'], slowRate('bpfRunTime'))]],
  }),
  lines({
    title: 'Runs',
    description:
      'Runs of each program a second: what the host does. Counted one second a minute and scaled; the mean of 5 minutes. All nodes together.',
    unit: 'ops',
    empty: MEASURED_LATER,
    width: 12,
    lines: [['{{program}}', sum(['program'], slowRate('bpfRuns'))]],
  }),
  lines({
    title: 'Delay of the event loop',
    description: 'P99. The kernel does the counting, so a late tick loses no time of any worker.',
    unit: 's',
    empty: NO_DAEMON,
    width: 12,
    lines: [['{{instance}}', max(OF, processGauge('nodejs_eventloop_lag_p99_seconds'))]],
  }),
];

const losses = [
  lines({
    title: 'Records of process events',
    description: 'Read from the rings, and lost because a ring was full: the two sum to what the kernel side produced.',
    unit: 'ops',
    empty: NO_DAEMON,
    width: 8,
    lines: [
      ['{{ring}} read', sum(['ring'], rate('ringRecords'))],
      ['{{ring}} lost', sum(['ring'], rate('ringLost'))],
    ],
  }),
  lines({
    title: 'Not decoded, not run, not kept',
    description:
      'Records that could not be decoded; runs that the kernel skipped because the program was already running on that CPU; series over the cap of a label.',
    unit: 'ops',
    empty: NO_DAEMON,
    width: 8,
    lines: [
      ['{{ring}} not decoded', sum(['ring'], rate('decodeErrors'))],
      ['{{program}} skipped', sum(['program'], rate('bpfRecursionMisses'))],
      ['{{metric}} over its cap', sum(['metric'], rate('seriesDropped'))],
    ],
  }),
  lines({
    title: 'Refused for want of room',
    description: 'Worker threads and pools that found no place: limits.workers, limits.pools.',
    unit: 'ops',
    empty: NO_DAEMON,
    width: 8,
    lines: [
      ['workers {{instance}}', sum(OF, rate('workersRefused'))],
      ['pools {{instance}}', sum(OF, rate('poolsRefused'))],
    ],
  }),
];

const memory = [
  lines({
    title: 'Memory of the process',
    description: 'Resident.',
    unit: 'bytes',
    empty: NO_DAEMON,
    width: 12,
    lines: [['{{instance}}', max(OF, processGauge('process_resident_memory_bytes'))]],
  }),
  lines({
    title: 'Kernel memory of the BPF maps',
    description: 'By object, the mean of the nodes; limits.memory bounds it.',
    unit: 'bytes',
    empty: NO_DAEMON,
    width: 12,
    stacked: true,
    lines: [['{{object}}', avg(['object'], gauge('bpfMemory'))]],
  }),
];

export const SELF: Board = {
  name: 'self',
  title: 'pooldrift itself',
  description: 'What pooldrift costs, what it loses, what it holds in memory, and whether its alerts leave it.',
  from: '3h',
  variables: [],
  rows: [
    { title: 'Now', panels: figures },
    { title: 'Cost', panels: cost },
    { title: 'Losses', panels: losses },
    { title: 'Memory', panels: memory },
    { title: 'Rules and alerts', panels: RULES },
  ],
};
