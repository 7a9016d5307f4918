import type { Board } from './board.ts';
import { stat } from './figures.ts';
import { heat, lines, steps, toPool } from './panels.ts';
import { buckets, gauge, increase, max, quantile, rate, ratio, sum } from './promql.ts';
import { pools } from './variables.ts';

const OF = ['instance', 'pool'] as const;
const BY = ['job', ...OF] as const;
const NO_TCP = 'Nothing was sent in this time: is the probe of TCP on?';
const NO_CONNECT = 'No pool has opened a connection in this time';
const links = [toPool('__field.labels')];

const figures = [
  stat({
    title: 'Segments sent again',
    description: 'Share of the segments sent, all pools together.',
    unit: 'percentunit',
    empty: NO_TCP,
    width: 6,
    decimals: 2,
    lines: [['again', ratio(sum([], rate('tcpRetransmits')), sum([], rate('tcpSegmentsSent')))]],
    thresholds: steps([0.005, 'orange'], [0.02, 'red']),
  }),
  stat({
    title: 'Accept queues overflown',
    description:
      'Connections that found the accept queue full, in the last interval: each is a client that waits for its SYN to be sent again, a second at least.',
    unit: 'none',
    empty: NO_TCP,
    width: 6,
    decimals: 0,
    lines: [['overflows', sum([], increase('tcpAcceptOverflows'))]],
    thresholds: steps([1, 'red']),
  }),
  stat({
    title: 'Connects that fail',
    description: 'Outgoing connections a second that were not established.',
    unit: 'cps',
    empty: NO_TCP,
    width: 6,
    lines: [['failures', sum([], rate('tcpConnectFailures'))]],
    thresholds: steps([0.1, 'orange']),
  }),
  stat({
    title: 'Resets',
    description: 'Connections reset a second, sent and received.',
    unit: 'cps',
    empty: NO_TCP,
    width: 6,
    lines: [['{{direction}}', sum(['direction'], rate('tcpResets'))]],
  }),
];

const incoming = [
  lines({
    title: 'Accept queues',
    description:
      'The most connections that waited to be accepted, and how many may (dashed, the least). A queue that fills means that nobody accepts in time: too few workers, or workers that cannot run.',
    unit: 'none',
    empty: 'No pool listens',
    width: 12,
    lines: [
      ['{{instance}} {{pool}} :{{port}}', max([...BY, 'port'], gauge('tcpAcceptQueue'))],
      ['least limit', `min(${gauge('tcpAcceptQueueLimit')})`],
    ],
    against: ['least limit'],
  }),
  lines({
    title: 'Overflows of accept queues',
    description: 'Connections a second that found the accept queue full.',
    unit: 'cps',
    empty: 'No pool listens',
    width: 12,
    lines: [['{{instance}} {{pool}}', sum(BY, rate('tcpAcceptOverflows'))]],
    links,
  }),
];

type Said = readonly [title: string, description: string];

/** A histogram of times: its P99 and P50 a pool, and all of it as a heat map. */
function times(key: 'tcpConnect' | 'tcpRtt', empty: string, said: { quantiles: Said; all: Said }) {
  const shared = { unit: 's', empty, width: 8 } as const;
  const [[title, description], [allTitle, allDescription]] = [said.quantiles, said.all];
  const ofPool = (share: number): [string, ReturnType<typeof quantile>] => [
    `P${100 * share} {{instance}} {{pool}}`,
    quantile(share, OF, key),
  ];
  return [
    lines({ ...shared, title, description, lines: [ofPool(0.99), ofPool(0.5)] }),
    heat({ ...shared, title: allTitle, description: allDescription, expr: sum(['le'], buckets(key)) }),
  ];
}

const outgoing = [
  ...times('tcpConnect', NO_CONNECT, {
    quantiles: [
      'Time to connect',
      'From the SYN sent to established, as exact as the buckets (1-2-5). A second and more: a SYN was sent again.',
    ],
    all: ['Connects', 'How many connects of each length a second.'],
  }),
  lines({
    title: 'Connects that fail, by what ended them',
    description: 'Outgoing connections a second that were not established.',
    unit: 'cps',
    empty: NO_TCP,
    width: 8,
    stacked: true,
    lines: [['{{reason}}', sum(['reason'], rate('tcpConnectFailures'))]],
  }),
];

const paths = [
  ...times('tcpRtt', NO_TCP, {
    quantiles: [
      'Round trips',
      "Smoothed round-trip time of the connections that send, as exact as the buckets (1-2-5). A peer's delayed acknowledgements are in it.",
    ],
    all: ['Round trips, all', 'How many round-trip times of each length were seen a second.'],
  }),
  lines({
    title: 'Segments sent again',
    description: 'Share of the segments that a pool sends. One in 50 is felt.',
    unit: 'percentunit',
    empty: NO_TCP,
    width: 8,
    lines: [['{{instance}} {{pool}}', ratio(sum(BY, rate('tcpRetransmits')), sum(BY, rate('tcpSegmentsSent')))]],
    limit: 0.02,
    links,
  }),
  lines({
    title: 'Segments sent',
    description: 'Segments a second.',
    unit: 'pps',
    empty: NO_TCP,
    width: 12,
    lines: [['{{instance}} {{pool}}', sum(BY, rate('tcpSegmentsSent'))]],
    links,
  }),
  lines({
    title: 'Resets',
    description: 'Connections reset a second, by who sent the reset.',
    unit: 'cps',
    empty: NO_TCP,
    width: 12,
    lines: [['{{instance}} {{pool}} {{direction}}', sum([...BY, 'direction'], rate('tcpResets'))]],
    links,
  }),
];

export const TCP: Board = {
  name: 'tcp',
  title: 'TCP',
  description: 'The connections of the pools: accept queues, connects, round trips, losses.',
  from: '1h',
  variables: [pools()],
  rows: [
    { title: 'Now', panels: figures },
    { title: 'Connections that come in', panels: incoming },
    { title: 'Connections that go out', panels: outgoing },
    { title: 'Paths', panels: paths },
  ],
};
