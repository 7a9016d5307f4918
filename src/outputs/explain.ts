import { type Cause, type Explanation, explain, type Finding } from '../attribution/explain.ts';
import type { JudgedPool } from '../attribution/judged.ts';
import { COMPONENTS, type Component, type Doubt } from '../decode/sample.ts';
import type { Reading } from '../metrics/reading.ts';
import type { Kind } from '../pools/pool.ts';
import { RATES } from '../windows/signals.ts';
import { advice } from './advice.ts';
import { apiDrift } from './api_requests.ts';
import { evidence } from './evidence.ts';
import { notes } from './notes.ts';
import { type RuledOut, ruledOut } from './ruled_out.ts';

/** GET /api/v1/pools/NAME/explain. Times in seconds; what is not known is null. */
export type ApiExplain = {
  pool: string;
  /** RFC 3339, UTC. */
  at: string;
  host: string;
  /** What the figures cover; 0: nothing yet. */
  windowSeconds: number;
  /** Who measured: the kernel side, or the program's own metric; null: nobody. */
  source: 'kernel' | 'metric' | null;
  /** What is wrong with the metric's scrape. */
  fault: string | null;
  requests: number;
  requestsPerSecond: number | null;
  trusted: boolean;
  doubt: Doubt | null;
  p50Seconds: number | null;
  p99Seconds: number | null;
  p999Seconds: number | null;
  /** From the last byte of the request. */
  p99LastByteSeconds: number | null;
  /** 95 % confidence; of a metric the bounds of its bucket. */
  p99Interval: readonly [number, number | null] | null;
  baselineP99Seconds: number | null;
  driftRatio: number | null;
  drifting: boolean;
  /** RFC 3339, UTC. */
  since: string | null;
  /** When the cause of the episode was settled; from then on it is the verdict. */
  settledAt: string | null;
  /** Healthy seconds until there is a baseline; 0: there is one; null: nothing looks for drift here. */
  armedInSeconds: number | null;
  /** How many the slowest 1 % are. */
  tailRequests: number;
  /** Their mean; `budget` sums to it. */
  tailMeanSeconds: number | null;
  baselineTailMeanSeconds: number | null;
  /** What has grown against the baseline, summed: causes are shares of it. Null: they are shares of the tail. */
  gainedSeconds: number | null;
  budget: ApiPart[];
  /** The mean of all requests, split: what keeps workers busy. */
  allRequests: ApiPart[];
  /** What else is known of the window and of the baseline, by name: src/windows/signals.ts. */
  signals: Record<string, ApiSignal>;
  causes: ApiCause[];
  ruledOut: RuledOut[];
  verdict: Cause | null;
  /** What to do about the verdict. */
  next: string | null;
  /** What the figures do not say. */
  notes: string[];
  /** Its last slow requests, each with its own split; the newest last. */
  exemplars: ApiExemplar[];
  state: ApiState;
  /** Null where TCP is not measured, or not yet. */
  connections: ApiConnections | null;
};

export type ApiSignal = { now: number | null; baseline: number | null };
export type ApiPart = { component: Component; seconds: number; baselineSeconds: number | null };

/** `confidence`: the share of the tail, or of the time gained, that the cause explains. */
export type ApiCause = {
  cause: Cause;
  confidence: number;
  evidence: string;
  thief?: { comm: string; cgroup: string; stolenSeconds: number };
};

/** One slow request. `tid`: the thread that answered; `moved`: another one had read it. */
export type ApiExemplar = {
  secondsAgo: number;
  seconds: number;
  port: number;
  tid: number;
  moved: boolean;
  /** Components without time left out. */
  budget: { component: Component; seconds: number }[];
};

/** The pool behind it. */
export type ApiState = {
  kind: Kind;
  ports: readonly number[];
  processes: number;
  size: number | null;
  sizeReason: string;
  cpuLimit: number | null;
  active: number | null;
  parallelism: number | null;
  demand: number | null;
};

/** Its TCP connections over the window: how its network does, which is no part of the times above. */
export type ApiConnections = {
  segmentsSent: number;
  retransmits: number;
  rttP50Seconds: number | null;
  rttP99Seconds: number | null;
  connects: number;
  connectFailures: number;
  connectP99Seconds: number | null;
  acceptOverflows: number;
  acceptQueues: { port: number; most: number; limit: number }[];
};

/** Causes with a smaller share are left out. */
const SHOWN_SHARE = 0.01;

type Moment = Pick<Reading, 'atMs' | 'host' | 'shed'>;

export function apiExplain(reading: JudgedPool, { atMs, host, shed }: Moment): ApiExplain {
  const explanation = explain(reading);
  const findings = explanation.findings.filter(({ share }) => share >= SHOWN_SHARE);
  const verdict = verdictOf(reading, findings);
  return {
    pool: reading.pool.name,
    at: new Date(atMs).toISOString(),
    host: host.name,
    ...latency(reading),
    ...apiDrift(reading),
    settledAt: iso(reading.episode?.settledMs),
    armedInSeconds: reading.drift?.armedInSeconds ?? null,
    ...budget(explanation),
    allRequests: allRequests(reading),
    signals: signals(reading),
    causes: findings.map((finding) => apiCause(finding, explanation, reading)),
    ruledOut: ruledOut(reading, explanation),
    verdict: verdict?.cause ?? null,
    next: verdict === null ? null : advice(verdict, reading),
    notes: notes(reading, explanation, shed),
    exemplars: exemplars(reading),
    state: state(reading),
    connections: connections(reading),
  };
}

/** What an episode was settled on; else what leads. */
function verdictOf({ episode }: JudgedPool, findings: readonly Finding[]): Pick<Finding, 'cause' | 'thief'> | null {
  const cause = episode?.cause ?? null;
  if (cause === null) return findings[0] ?? null;
  const thief = episode!.thief === null ? null : { comm: episode!.thief, cgroup: '/', stolenNs: 0 };
  return findings.find((finding) => finding.cause === cause) ?? { cause, thief };
}

function iso(ms: number | null | undefined): string | null {
  return ms == null ? null : new Date(ms).toISOString();
}

function latency({ request }: JudgedPool) {
  const [low, high] = request?.p99IntervalNs ?? [null, null];
  return {
    ...rate(request),
    source: request?.source ?? null,
    fault: request?.fault ?? null,
    trusted: request?.trusted ?? false,
    doubt: request?.doubt ?? null,
    p50Seconds: seconds(request?.p50Ns),
    p99Seconds: seconds(request?.p99Ns),
    p999Seconds: seconds(request?.p999Ns),
    p99LastByteSeconds: seconds(request?.p99LastNs),
    p99Interval: low === null ? null : ([low / 1e9, seconds(high)] as const),
  };
}

/** Requests in the window, and a second; null before the window has begun. */
export function rate(request: JudgedPool['request']) {
  const windowSeconds = (request?.durationNs ?? 0) / 1e9;
  const requests = request?.requests ?? 0;
  return { windowSeconds, requests, requestsPerSecond: windowSeconds === 0 ? null : requests / windowSeconds };
}

export function seconds(ns: number | null | undefined): number | null {
  return ns == null ? null : ns / 1e9;
}

function budget({ tail, usual, change }: Explanation) {
  const parts = tail === null ? [] : COMPONENTS;
  return {
    tailRequests: tail?.requests ?? 0,
    tailMeanSeconds: seconds(tail?.meanNs),
    baselineTailMeanSeconds: seconds(usual?.meanNs),
    gainedSeconds: seconds(change?.totalNs),
    budget: parts.map((component): ApiPart => {
      const baselineSeconds = seconds(usual?.partNs[component]);
      return { component, seconds: tail!.partNs[component] / 1e9, baselineSeconds };
    }),
  };
}

function allRequests({ request, drift, usual }: JudgedPool): ApiPart[] {
  const now = request?.perRequestNs ?? null;
  const was = drift?.baseline ? (usual?.perRequestNs ?? null) : null;
  if (now === null) return [];
  return COMPONENTS.map((component) => ({
    component,
    seconds: now[component] / 1e9,
    baselineSeconds: seconds(was?.[component]),
  }));
}

/** Those of which one of the two is known. */
function signals({ signals: known, drift, usual }: JudgedPool): Record<string, ApiSignal> {
  const was = drift?.baseline ? (usual?.signals ?? null) : null;
  const both = RATES.map(
    (rate) => [rate, { now: known?.recent?.[rate] ?? null, baseline: was?.[rate] ?? null }] as const,
  );
  return Object.fromEntries(both.filter(([, { now, baseline }]) => now !== null || baseline !== null));
}

function apiCause(finding: Finding, explanation: Explanation, reading: JudgedPool): ApiCause {
  const { cause, share, thief } = finding;
  const found = { cause, confidence: Math.min(1, share), evidence: evidence({ finding, explanation, reading }) };
  if (thief === null) return found;
  const { comm, cgroup, stolenNs } = thief;
  return { ...found, thief: { comm, cgroup, stolenSeconds: stolenNs / 1e9 } };
}

function exemplars({ exemplars: slow, sample }: JudgedPool): ApiExemplar[] {
  return slow.map(({ atNs, latencyNs, port, tid, moved, partNs }) => ({
    secondsAgo: Math.max(0, ((sample?.atNs ?? atNs) - atNs) / 1e9),
    seconds: latencyNs / 1e9,
    port,
    tid,
    moved,
    budget: COMPONENTS.filter((component) => partNs[component] !== 0).map((component) => ({
      component,
      seconds: partNs[component] / 1e9,
    })),
  }));
}

function state({ pool, gauges }: JudgedPool): ApiState {
  const { kind, ports, tgids, size, sizeReason, cpuLimit } = pool;
  const { activeWorkers: active, parallelism, demand } = gauges;
  return { kind, ports, processes: tgids.length, size, sizeReason, cpuLimit, active, parallelism, demand };
}

function connections({ connections: seen, tcp }: JudgedPool): ApiConnections | null {
  if (seen === null || tcp === null) return null;
  const { rttP50Ns, rttP99Ns, connectP99Ns, ...counters } = seen;
  return {
    ...counters,
    rttP50Seconds: seconds(rttP50Ns),
    rttP99Seconds: seconds(rttP99Ns),
    connectP99Seconds: seconds(connectP99Ns),
    acceptQueues: tcp.acceptQueues.map(({ port, most, limit }) => ({ port, most, limit })),
  };
}
