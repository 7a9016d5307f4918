import type { Board } from './board.ts';
import { coloured, decimals, stat, table, unit, width } from './figures.ts';
import { lines, steps, toPool } from './panels.ts';
import { count, countRate, gauge, max, rate, ratio, type Series, sum, topk } from './promql.ts';
import { pools } from './variables.ts';

const BY = ['job', 'instance', 'pool'] as const;
const NO_POOL = 'No pool is watched: is pooldrift scraped, and does pooldrift doctor say that it can run?';
const NO_BASELINE = 'No baseline is armed yet';
const MOST = 10;

const pooled = (of: Series<(typeof BY)[number]>) => max(BY, of);
const drift = gauge('requestDrift');
const wanted = rate('poolTime', { state: '=~"oncpu|wakeup|runqueue|throttled"' });
const throttled = ratio(sum(BY, rate('poolTime', { state: '="throttled"' })), sum(BY, wanted));
/** How many, and 0 where there are pools and none is meant. */
const orNone = (counted: string) => `${counted} or count(${gauge('poolThreads')}) * 0`;

const summary = [
  stat({
    title: 'Pools that drift',
    description:
      'Pools in an episode of drift: P99 of their requests is above what is normal for them, by more than chance.',
    unit: 'none',
    empty: NO_POOL,
    width: 4,
    lines: [['drifting', orNone(count([], gauge('driftEpisode')))]],
    thresholds: steps([1, 'red']),
  }),
  stat({
    title: 'Worst drift',
    description: 'The greatest P99 of the drift window over that of its baseline; 1 is normal.',
    unit: 'none',
    empty: NO_BASELINE,
    width: 4,
    decimals: 2,
    lines: [['worst', max([], drift)]],
    thresholds: steps([1.2, 'orange'], [2, 'red']),
  }),
  stat({
    title: 'Pools',
    description: 'Pools that are watched.',
    unit: 'none',
    empty: NO_POOL,
    width: 4,
    lines: [['pools', count([], gauge('poolThreads'))]],
  }),
  stat({
    title: 'Nodes',
    description: 'Daemons that Prometheus has a sample of.',
    unit: 'none',
    empty: 'No daemon: is pooldrift scraped?',
    width: 4,
    lines: [['nodes', count([], gauge('buildInfo'))]],
  }),
  stat({
    title: 'Not trusted',
    description:
      'Pools whose requests the kernel cannot see rightly (pipelining, HTTP/2, TLS, io_uring): their P99 is not to be trusted. pooldrift explain has the reason.',
    unit: 'none',
    empty: NO_POOL,
    width: 4,
    lines: [['doubted', orNone(`count(${gauge('requestTrusted')} == 0)`)]],
    thresholds: steps([1, 'orange']),
  }),
  stat({
    title: 'Greatest overhead',
    description: "Share of a host's CPU time that pooldrift takes there.",
    unit: 'percentunit',
    empty: 'Not measured yet: a minute after the start',
    width: 4,
    decimals: 2,
    lines: [['overhead', max([], gauge('overhead'))]],
    thresholds: steps([0.02, 'red']),
  }),
];

const SECONDS = [unit('s')];
const WORKERS = [decimals(1), width(95)];

const all = table({
  title: 'Every pool, the worst drift first',
  description:
    'A row for each pool of each node, as it is now. **Drift** is P99 over what is normal for the pool; **Cause** is there during an episode. Where a figure is not known its cell is empty. The name of a pool leads to its dashboard.',
  unit: 'none',
  empty: NO_POOL,
  width: 24,
  height: 14,
  worst: 'Drift',
  columns: [
    { from: { label: 'instance' }, title: 'Node' },
    { from: { label: 'pool' }, title: 'Pool', properties: [{ id: 'links', value: [toPool('__data.fields').build()] }] },
    {
      from: { expr: pooled(drift) },
      title: 'Drift',
      properties: [decimals(2), ...coloured([1.2, 'orange'], [2, 'red'])],
    },
    { from: { label: 'cause' }, title: 'Cause', properties: [width(150)] },
    { from: { expr: pooled(gauge('requestP99')) }, title: 'P99', properties: SECONDS },
    { from: { expr: pooled(gauge('requestBaseline')) }, title: 'Usual', properties: SECONDS },
    { from: { expr: sum(BY, countRate('requestDuration')) }, title: 'Requests/s', properties: [unit('reqps')] },
    { from: { expr: pooled(gauge('poolSize')) }, title: 'Size', properties: [decimals(0), width(70)] },
    { from: { expr: pooled(gauge('poolCpuLimit')) }, title: 'CPUs', properties: WORKERS },
    { from: { expr: pooled(gauge('poolActiveWorkers')) }, title: 'Active', properties: WORKERS },
    { from: { expr: pooled(gauge('poolParallelism')) }, title: 'Parallel', properties: WORKERS },
    { from: { expr: pooled(gauge('poolDemand')) }, title: 'Demand', properties: WORKERS },
    {
      from: { expr: pooled(gauge('poolWaitP99')) },
      title: 'Run queue P99',
      properties: [...SECONDS, ...coloured([1e-3, 'orange'], [1e-2, 'red'])],
    },
    {
      from: { expr: throttled },
      title: 'Throttled',
      properties: [unit('percentunit'), decimals(0), ...coloured([0.01, 'orange'], [0.1, 'red'])],
    },
    { from: { expr: max([...BY, 'cause'], gauge('driftEpisode')) }, title: 'Episode', hidden: true },
    { from: { label: 'job' }, title: 'Job' },
  ],
});

const overTime = [
  lines({
    title: `P99 over what is normal: the worst ${MOST}`,
    description:
      'At 1 P99 is what is normal for the pool. An episode is more than a high ratio: it is judged by how many requests are slow, within a budget of false alarms.',
    unit: 'none',
    empty: NO_BASELINE,
    width: 12,
    lines: [['{{instance}} {{pool}}', topk(MOST, drift)]],
    limit: 1.2,
    links: [toPool('__field.labels')],
  }),
  lines({
    title: 'Pools in an episode, by cause',
    description: 'How many pools drift, by the cause that was settled for the episode.',
    unit: 'none',
    empty: 'No episode of drift in this time',
    width: 12,
    stacked: true,
    lines: [['{{cause}}', sum(['cause'], gauge('driftEpisode'))]],
  }),
  lines({
    title: `P99 of the wait for a CPU: the worst ${MOST}`,
    description: 'From runnable to running, the wake-up included, throttled time excluded.',
    unit: 's',
    empty: 'No worker has waited in this time',
    width: 12,
    lines: [['{{instance}} {{pool}}', topk(MOST, gauge('poolWaitP99'))]],
    links: [toPool('__field.labels')],
  }),
  lines({
    title: `Who runs while workers wait: the worst ${MOST}`,
    description:
      'Workers (mean) that wait in a run queue while this command runs on their CPU. The pool itself (self), an idle CPU that wakes up (idle) and what is not known (unknown) are left out. A command name can be forged: its cgroup stands beside it.',
    unit: 'none',
    empty: 'Nobody else has run while a worker waited',
    width: 12,
    lines: [
      [
        '{{instance}} {{pool}}: {{thief}}',
        topk(MOST, sum([...BY, 'thief'], rate('poolStolen', { thief: '!~"self|idle|unknown"' }))),
      ],
    ],
    links: [toPool('__field.labels')],
  }),
  lines({
    title: 'Alerts that fire',
    description:
      'Of the rules that the daemons evaluate themselves. Those that Prometheus evaluates are in its own ALERTS.',
    unit: 'none',
    empty: 'No alert has fired in this time',
    width: 24,
    height: 7,
    stacked: true,
    lines: [['{{alertname}} ({{severity}})', sum(['alertname', 'severity'], gauge('alerts', { state: '="firing"' }))]],
  }),
];

export const FLEET: Board = {
  name: 'fleet',
  title: 'Fleet',
  description: 'Every node and every worker pool, the worst drift first.',
  from: '1h',
  variables: [pools()],
  rows: [
    { title: 'Now', panels: [...summary, all] },
    { title: 'Over time', panels: overTime },
  ],
};
