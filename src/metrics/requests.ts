import { COMPONENTS, CONNECT_FAILURES, DOUBTS, type RequestSample, type TcpSample } from '../decode/sample.ts';
import type { RequestReading } from '../windows/request_window.ts';
import { type Put, putHistogram } from './histogram.ts';

const NS = 1e9;

/** What a pool's connections did; `label` is the pool's. */
export function putTcp(put: Put, tcp: TcpSample, label: string): void {
  putHistogram(put, 'tcpConnect', tcp.connects, tcp.connectSumNs, label);
  for (const reason of CONNECT_FAILURES)
    put('tcpConnectFailures', tcp.connectFailures[reason], `${label},reason="${reason}"`);
  for (const { port, most, limit } of tcp.acceptQueues) {
    put('tcpAcceptQueue', most, `${label},port="${port}"`);
    put('tcpAcceptQueueLimit', limit, `${label},port="${port}"`);
  }
  put('tcpAcceptOverflows', tcp.acceptOverflows, label);
  put('tcpSegmentsSent', tcp.segmentsSent, label);
  put('tcpRetransmits', tcp.retransmits, label);
  put('tcpResets', tcp.resets.sent, `${label},direction="sent"`);
  put('tcpResets', tcp.resets.received, `${label},direction="received"`);
  putHistogram(put, 'tcpRtt', tcp.rtt, tcp.rttSumNs, label);
}

/** What a pool's requests took; `label` is the pool's. */
export function putRequests(put: Put, request: RequestReading, label: string): void {
  if (request.sample !== null) putRequestCounters(put, request.sample, label);
  put('requestP50', seconds(request.p50Ns), label);
  put('requestP99', seconds(request.p99Ns), label);
  put('requestP999', seconds(request.p999Ns), label);
  if (request.durationNs > 0) put('requestTrusted', Number(request.trusted), label);
  for (const component of request.tail === null ? [] : COMPONENTS)
    put('requestTail', request.tail!.partNs[component] / NS, `${label},component="${component}",when="now"`);
}

/** The budget's rows hold each request's latency, and so the histogram's sum. */
function putRequestCounters(put: Put, { first, budget, doubted }: RequestSample, label: string): void {
  const sumNs = budget.reduce((sum, row) => sum + row.latencyNs, 0);
  putHistogram(put, 'requestDuration', first, sumNs, label);
  for (const doubt of DOUBTS) put('requestDoubted', doubted[doubt], `${label},reason="${doubt}"`);
}

function seconds(ns: number | null): number | null {
  return ns === null ? null : ns / NS;
}
