import { type Metric, POOL } from './metric.ts';

const ACCEPTING = { ...POOL, port: 'ports the pool listens on' } as const;

/** The part of the catalog that the TCP and request probes fill. */
export const REQUESTS = {
  tcpConnect: {
    name: 'pooldrift_tcp_connect_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Outgoing connections, from the SYN sent to established.',
    labels: POOL,
  },
  tcpConnectFailures: {
    name: 'pooldrift_tcp_connect_failures_total',
    type: 'counter',
    unit: '',
    help: 'Outgoing connections that were not established, by what ended them.',
    labels: { ...POOL, reason: '6' },
  },
  tcpAcceptQueue: {
    name: 'pooldrift_tcp_accept_queue',
    type: 'gauge',
    unit: '',
    help: 'Most connections that waited to be accepted, over the interval.',
    labels: ACCEPTING,
  },
  tcpAcceptQueueLimit: {
    name: 'pooldrift_tcp_accept_queue_limit',
    type: 'gauge',
    unit: '',
    help: 'The backlog: connections that may wait to be accepted.',
    labels: ACCEPTING,
  },
  tcpAcceptOverflows: {
    name: 'pooldrift_tcp_accept_overflows_total',
    type: 'counter',
    unit: '',
    help: 'Connections that found the accept queue full.',
    labels: POOL,
  },
  tcpSegmentsSent: {
    name: 'pooldrift_tcp_segments_sent_total',
    type: 'counter',
    unit: '',
    help: 'Segments sent on connections of the pool.',
    labels: POOL,
  },
  tcpRetransmits: {
    name: 'pooldrift_tcp_retransmits_total',
    type: 'counter',
    unit: '',
    help: 'Segments sent again.',
    labels: POOL,
  },
  tcpResets: {
    name: 'pooldrift_tcp_resets_total',
    type: 'counter',
    unit: '',
    help: 'Connections reset, by who sent the reset.',
    labels: { ...POOL, direction: '2' },
  },
  tcpRtt: {
    name: 'pooldrift_tcp_rtt_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Smoothed round-trip time of each connection that sends, looked at each interval and at its end.',
    labels: POOL,
  },
  requestDuration: {
    name: 'pooldrift_request_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Requests as the server sees them, from the first byte arrived to the first byte of the response sent.',
    labels: POOL,
  },
  requestP50: {
    name: 'pooldrift_request_p50_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'P50 of the requests of the drift window, within 1.6 %; from the own metric of the program where one is configured, as exact as its buckets. Absent where none came.',
    labels: POOL,
  },
  requestP99: {
    name: 'pooldrift_request_p99_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'P99 of the requests of the drift window, measured as pooldrift_request_p50_seconds.',
    labels: POOL,
  },
  requestP999: {
    name: 'pooldrift_request_p999_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'P99.9 of the requests of the drift window, measured as pooldrift_request_p50_seconds.',
    labels: POOL,
  },
  requestTrusted: {
    name: 'pooldrift_request_trusted',
    type: 'gauge',
    unit: '',
    help: '1; 0 where the kernel cannot see the requests of the drift window rightly. The reason is in the API.',
    labels: POOL,
  },
  requestDoubted: {
    name: 'pooldrift_request_doubted_total',
    type: 'counter',
    unit: '',
    help: 'Requests on connections that cannot be seen rightly, by reason; sockets: connections not followed at all.',
    labels: { ...POOL, reason: '6' },
  },
  requestTail: {
    name: 'pooldrift_request_tail_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Mean of the slowest 1 % of requests of the drift window, split: the components sum to it. Absent where none came.',
    labels: { ...POOL, component: '13', when: '2' },
  },
} as const satisfies Record<string, Metric>;
