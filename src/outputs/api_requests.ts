import type { Cause } from '../attribution/causes.ts';
import { dominant, explain } from '../attribution/explain.ts';
import { driftRatioOf, type JudgedPool } from '../attribution/judged.ts';
import type { Component, ConnectFailure, Doubt, TcpSample } from '../decode/sample.ts';
import { rate, seconds } from './explain.ts';

/** A pool's requests over the drift window, in short; all of it is in /api/v1/pools/NAME/explain. */
export type ApiRequests = {
  source: 'kernel' | 'metric';
  fault: string | null;
  windowSeconds: number;
  requests: number;
  requestsPerSecond: number | null;
  p50Seconds: number | null;
  p99Seconds: number | null;
  p999Seconds: number | null;
  trusted: boolean;
  doubt: Doubt | null;
  /** The greatest part of the slowest 1 %. */
  dominant: ApiDominant | null;
  /** Null until its baseline is armed. */
  baselineP99Seconds: number | null;
  /** P99 over the baseline's. */
  driftRatio: number | null;
  /** It is in an episode, which began at `since`, RFC 3339, UTC. */
  drifting: boolean;
  since: string | null;
  /** Of the episode; null outside of one, and until it is settled. */
  cause: Cause | null;
  /** The command of a noisy neighbour. */
  thief: string | null;
  /** Healthy seconds until there is a baseline; 0: there is one; null: nothing looks for drift here. */
  armedInSeconds: number | null;
};

/** `ranInstead`: who had the CPUs, where the part is the run queue and that is known; `self`: its own workers. */
export type ApiDominant = { component: Component; share: number; ranInstead: string | null };

export function apiRequests(reading: JudgedPool): ApiRequests | null {
  const { request } = reading;
  if (request === null) return null;
  const { source, fault, p50Ns, p99Ns, p999Ns, trusted, doubt } = request;
  return {
    source,
    fault,
    ...rate(request),
    p50Seconds: seconds(p50Ns),
    p99Seconds: seconds(p99Ns),
    p999Seconds: seconds(p999Ns),
    trusted,
    doubt,
    dominant: apiDominant(reading),
    ...apiDrift(reading),
    cause: reading.episode?.cause ?? null,
    thief: reading.episode?.thief ?? null,
    armedInSeconds: reading.drift?.armedInSeconds ?? null,
  };
}

/** How far its P99 is from what is normal, and since when it stays there. */
export function apiDrift(reading: JudgedPool) {
  const { drift, episode } = reading;
  return {
    baselineP99Seconds: seconds(drift?.baseline?.p99Ns),
    driftRatio: driftRatioOf(reading),
    drifting: episode !== null,
    since: episode === null ? null : new Date(episode.sinceMs).toISOString(),
  };
}

function apiDominant(reading: JudgedPool): ApiDominant | null {
  const explanation = explain(reading);
  const part = dominant(explanation);
  if (part === null) return null;
  const cause = explanation.findings.find(({ parts }) => parts.includes(part.component));
  const own = cause?.cause === 'oversized-pool' || cause?.cause === 'load' ? 'self' : null;
  return { ...part, ranInstead: part.component === 'runqueue' ? (cause?.thief?.comm ?? own) : null };
}

/** Cumulative counters of a pool's connections. */
export type ApiTcp = {
  connectFailures: Record<ConnectFailure, number>;
  acceptQueues: { port: number; most: number; limit: number }[];
  acceptOverflows: number;
  segmentsSent: number;
  retransmits: number;
  resets: { sent: number; received: number };
};

export function apiTcp(tcp: TcpSample | null): ApiTcp | null {
  if (tcp === null) return null;
  const { connectFailures, acceptQueues, acceptOverflows, segmentsSent, retransmits, resets } = tcp;
  return {
    connectFailures: { ...connectFailures },
    acceptQueues: acceptQueues.map(({ port, most, limit }) => ({ port, most, limit })),
    acceptOverflows,
    segmentsSent,
    retransmits,
    resets: { ...resets },
  };
}
