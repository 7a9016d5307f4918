import { usualTail } from '../attribution/facts.ts';
import { driftRatioOf, type JudgedPool } from '../attribution/judged.ts';
import { COMPONENTS, CONNECT_FAILURES, DOUBTS, type RequestSample, type TcpSample } from '../decode/sample.ts';
import type { RequestReading } from '../windows/request_window.ts';
import type { TailBudget } from '../windows/tail.ts';
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
  putTail(put, request.tail, label, 'now');
}

function putTail(put: Put, tail: TailBudget | null, label: string, when: 'now' | 'baseline'): void {
  if (tail === null || !put.wants('requestTail')) return;
  for (const component of COMPONENTS)
    put('requestTail', tail.partNs[component] / NS, `${label},component="${component}",when="${when}"`);
}

/** How far its requests are from what is normal for it. */
export function putDrift(put: Put, judged: JudgedPool, label: string): void {
  put('requestBaseline', seconds(judged.drift?.baseline?.p99Ns ?? null), label);
  put('requestDrift', driftRatioOf(judged), label);
  // An alert must not change its labels: nothing before the cause is settled.
  const cause = judged.episode?.cause ?? null;
  if (cause !== null) put('driftEpisode', 1, `${label},cause="${cause}"`);
  putTail(put, usualTail(judged), label, 'baseline');
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
