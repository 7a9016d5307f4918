import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { COMPONENT_COLOURS } from '../../src/outputs/colours.ts';
import type { Board } from './board.ts';
import { called, coloured, stat, table } from './figures.ts';
import { lines, steps } from './panels.ts';
import { MEMORY, SCHEDULER, SIZE } from './pool_rows.ts';
import { avg, countRate, gauge, max, min, rate, sum } from './promql.ts';
import { DATASOURCE, onePool } from './variables.ts';

const OF = ['instance', 'pool'] as const;
const NO_REQUESTS = 'No request was measured in this time: does the pool listen, and is the probe of requests on?';
const NO_BASELINE = 'No baseline is armed yet';

const now = gauge('requestTail', { when: '="now"' });
const usual = gauge('requestTail', { when: '="baseline"' });
const ratioSteps = steps([1.2, 'orange'], [2, 'red']);

const figures = [
  stat({
    title: 'Drift',
    description: 'P99 over what is normal for the pool. Several nodes: the worst.',
    unit: 'none',
    empty: NO_BASELINE,
    width: 4,
    decimals: 2,
    lines: [['drift', max([], gauge('requestDrift'))]],
    thresholds: ratioSteps,
  }),
  stat({
    title: 'Cause of the episode',
    description:
      'What has grown most in the slowest 1 % of requests since the episode began; settled one drift window after its onset, and kept to its end. docs/causes.md has each.',
    unit: 'none',
    empty: 'No episode',
    width: 5,
    names: true,
    lines: [['{{cause}}', max(['cause'], gauge('driftEpisode'))]],
    thresholds: steps([1, 'red']),
  }),
  stat({
    title: 'P99',
    description:
      'P99 of the requests of the drift window, as the server sees them: from the first byte of the request to the first byte of the response. Several nodes: the worst.',
    unit: 's',
    empty: NO_REQUESTS,
    width: 4,
    lines: [['P99', max([], gauge('requestP99'))]],
  }),
  stat({
    title: 'Usual P99',
    description: 'P99 that is normal for the pool. Several nodes: the greatest.',
    unit: 's',
    empty: NO_BASELINE,
    width: 4,
    lines: [['usual', max([], gauge('requestBaseline'))]],
  }),
  stat({
    title: 'Requests',
    description: 'Requests a second, all nodes together.',
    unit: 'reqps',
    empty: NO_REQUESTS,
    width: 4,
    lines: [['requests', sum([], countRate('requestDuration'))]],
  }),
  stat({
    title: 'Trusted',
    description:
      'Whether the kernel sees the requests rightly. Where it does not (pipelining, HTTP/2, TLS, io_uring), pooldrift explain has the reason.',
    unit: 'none',
    empty: NO_REQUESTS,
    width: 3,
    lines: [['trusted', min([], gauge('requestTrusted'))]],
    mappings: called({ 0: { text: 'no', color: 'orange' }, 1: { text: 'yes', color: 'green' } }),
  }),
];

const latency = lines({
  title: 'P99 against what is normal',
  description:
    'Shaded: episodes of drift, with their cause. Within 1.6 % of a request that really occurred. The dashed line is the P99 of the baseline; it is absent until it is armed.',
  unit: 's',
  empty: NO_REQUESTS,
  width: 12,
  height: 10,
  lines: [
    ['P99 {{instance}} {{pool}}', max(OF, gauge('requestP99'))],
    ['usual P99', max([], gauge('requestBaseline'))],
    ['P99.9 {{instance}} {{pool}}', max(OF, gauge('requestP999'))],
    ['P50 {{instance}} {{pool}}', max(OF, gauge('requestP50'))],
  ],
  against: ['usual P99'],
});

const budget = lines({
  title: 'Where the slowest 1 % of requests spend their time',
  description:
    'The mean of the slowest 1 % of the drift window, split; the parts sum to it, and what is not explained is shown. The dashed line is the same mean in the baseline. Several nodes: their mean.',
  unit: 's',
  empty: NO_REQUESTS,
  width: 12,
  height: 10,
  stacked: true,
  lines: [
    ['{{component}}', avg(['component'], now)],
    ['usually, in all', `avg(${sum(['job', ...OF], usual)})`],
  ],
  colours: COMPONENT_COLOURS,
  against: ['usually, in all'],
});

const gained = table({
  title: 'What the slowest 1 % has gained',
  description: 'Each component now, in the baseline, and the difference: what has grown most has moved the tail.',
  unit: 's',
  empty: NO_REQUESTS,
  width: 12,
  height: 10,
  worst: 'Gained',
  columns: [
    { from: { label: 'component' }, title: 'Component' },
    { from: { expr: avg(['component'], usual) }, title: 'Usual' },
    { from: { expr: avg(['component'], now) }, title: 'Now' },
    {
      from: { expr: `${avg(['component'], now)} - ${avg(['component'], usual)}` },
      title: 'Gained',
      properties: [...coloured([1e-3, 'orange'])],
    },
  ],
});

const thieves = lines({
  title: 'Who runs while its workers wait',
  description:
    'Workers (mean) that wait in a run queue while this command runs on their CPU: they sum to all that wait there. **self**: other workers of the pool. **kernel**: kernel threads. **idle**: a CPU that was still waking up. A command name can be forged: its cgroup stands beside it. Throttled time is not in it.',
  unit: 'none',
  empty: 'No worker has waited in a run queue in this time',
  width: 12,
  height: 10,
  stacked: true,
  lines: [['{{thief}}', sum(['thief'], rate('poolStolen'))]],
});

const doubts = lines({
  title: 'Requests, and those in doubt',
  description: 'Requests a second, and those on connections that cannot be seen rightly, by reason.',
  unit: 'reqps',
  empty: NO_REQUESTS,
  width: 12,
  lines: [
    ['requests', sum([], countRate('requestDuration'))],
    ['in doubt: {{reason}}', sum(['reason'], rate('requestDoubted'))],
  ],
});

/** Only words of our own: Grafana shows the text of an annotation as HTML. */
const episodes = new AnnotationQueryBuilder()
  .name('Episodes of drift')
  .datasource(DATASOURCE)
  .enable(true)
  .iconColor('red')
  .titleFormat('P99 drifts')
  .textFormat('{{cause}}')
  .tagKeys('cause')
  .useValueForTime(false)
  .target(
    new DataqueryBuilder()
      .refId('Episodes')
      .expr(max(['cause'], gauge('driftEpisode')))
      .range(),
  );

export const POOL: Board = {
  name: 'pool',
  title: 'Pool',
  description:
    'One worker pool: its P99 against what is normal, which part of the scheduler or of TCP moved it, and who.',
  from: '1h',
  variables: [onePool()],
  annotations: [episodes],
  rows: [
    { title: 'Now', panels: figures },
    { title: 'The tail', panels: [latency, budget, gained, thieves] },
    { title: 'Size and CPUs', panels: SIZE },
    { title: 'Scheduler', panels: [...SCHEDULER, doubts] },
    { title: 'Collector and memory', panels: MEMORY },
  ],
};
