import { unjudged } from '../../../src/attribution/judged.ts';
import type { PoolSample, RequestSample, TcpSample, Theft } from '../../../src/decode/sample.ts';
import type { AlertingReading } from '../../../src/metrics/alerting.ts';
import type { Reading } from '../../../src/metrics/reading.ts';
import type { Pool } from '../../../src/pools/pool.ts';
import { Labels } from '../../../src/rules/labels.ts';
import type { Alert, AlertPhase } from '../../../src/rules/run/alerts.ts';
import type { ScrapeReading } from '../../../src/scrape/types.ts';
import { bucketIndex, WAIT_BUCKETS } from '../../../src/windows/histogram.ts';
import { type Around, Windows } from '../../../src/windows/windows.ts';
import { type Request, Served } from '../windows/requests.ts';

export const SECOND_NS = 1e9;

/** A pool whose workers wait, are throttled and block, by `seconds` times the same second. */
export function sampleAfter(seconds: number, change: Partial<PoolSample> = {}): PoolSample {
  const ns = seconds * SECOND_NS;
  const waits = new Float64Array(WAIT_BUCKETS);
  for (const [waitNs, perSecond] of [
    [800, 10],
    [41_000, 80],
    [4_800_000, 9],
    [60_000_000_000, 1],
  ] as const)
    waits[bucketIndex(waitNs)]! += perSecond * seconds;
  return {
    atNs: ns,
    workers: 8,
    timeNs: { oncpu: 3 * ns, wakeup: 0.1 * ns, runqueue: 2 * ns, throttled: 1.9 * ns, blocked: ns },
    blockedNs: { lock: 0.25 * ns, epoll: 0.5 * ns, network: 0.25 * ns, io: 0, sleep: 0, fault: 0, other: 0 },
    switches: { voluntary: 900 * seconds, involuntary: 100 * seconds },
    migrations: { core: 7 * seconds, llc: 2 * seconds, node: 0 },
    stolen: thefts(ns),
    waits,
    waitSumNs: 60.05 * ns,
    ...change,
  };
}

function thefts(ns: number): Theft[] {
  return [
    { thief: { kind: 'process', tgid: 77 }, stolenNs: 1.8 * ns },
    { thief: { kind: 'self' }, stolenNs: 0.15 * ns },
    { thief: { kind: 'kernel' }, stolenNs: 0.05 * ns },
  ];
}

const MS = 1e6;

/** A second's requests: 1,204, of which 16 waited for a CPU. */
const SECOND: readonly Request[] = [
  { times: 1188, latencyNs: 0.9 * MS, parts: { queue: 0.1 * MS, oncpu: 0.7 * MS, blocked_network: 0.1 * MS } },
  {
    times: 16,
    latencyNs: 11.2 * MS,
    lastNs: 11 * MS,
    parts: {
      queue: 0.5 * MS,
      wakeup: 0.04 * MS,
      oncpu: 2.5 * MS,
      runqueue: 5.8 * MS,
      blocked_lock: 0.2 * MS,
      blocked_network: 2.1 * MS,
    },
    sharedNs: 0.4 * MS,
    moved: true,
  },
];

/** The requests of as many seconds. */
export function requestsAfter(seconds: number, second = SECOND): RequestSample {
  const served = new Served();
  for (let i = 0; i < seconds; i++) served.serve(...second);
  return served.at(seconds * SECOND_NS);
}

export function tcpAfter(seconds: number): TcpSample {
  const histogram = (ns: number, each: number) => {
    const counts = new Float64Array(WAIT_BUCKETS);
    counts[bucketIndex(ns)] = each * seconds;
    return counts;
  };
  return {
    connects: histogram(20.2 * MS, 5),
    connectSumNs: 5 * 20.2 * MS * seconds,
    connectFailures: { refused: 2, timeout: 1, reset: 0, unreachable: 0, aborted: 0, other: 0 },
    acceptQueues: [{ port: 8080, most: 5, limit: 128 }],
    acceptOverflows: 3,
    segmentsSent: 1300 * seconds,
    retransmits: 26 * seconds,
    resets: { sent: 4, received: 7 },
    rtt: histogram(20.4 * MS, 16),
    rttSumNs: 16 * 20.4 * MS * seconds,
  };
}

/** A host of 8 CPUs, a quota that bites, memory with room, and a collector that assists an eighth of a CPU. */
export function aroundAfter(of: Pool, seconds: number): Around {
  return {
    pool: of,
    surroundings: {
      quota: {
        directory: '/cpu/a',
        periods: 10 * seconds,
        throttledPeriods: 9 * seconds,
        throttledSeconds: 2 * seconds,
      },
      memory: {
        directory: '/memory/a',
        limitBytes: 512 * 2 ** 20,
        usageBytes: 200 * 2 ** 20,
        limitHits: 0,
        refaults: 0,
        majorFaults: seconds,
        stalledSomeSeconds: 0.01 * seconds,
        stalledFullSeconds: 0,
      },
      host: {
        totalSeconds: 8 * seconds,
        busySeconds: 5 * seconds,
        interruptSeconds: 0.2 * seconds,
        stealSeconds: 0.1 * seconds,
        ioWaitSeconds: 0.3 * seconds,
      },
    },
    gc: {
      atNs: seconds * SECOND_NS,
      gcPauseSeconds: 0.002 * seconds,
      gcAssistSeconds: 0.125 * seconds,
      gcCpuSeconds: 0.4 * seconds,
      gcCycles: 2 * seconds,
      heapBytes: 48 * 2 ** 20,
    },
  };
}

export function pool(change: Partial<Pool> = {}): Pool {
  return {
    index: 0,
    name: 'checkout',
    configured: true,
    kind: 'go',
    size: 8,
    sizeSource: 'environment',
    sizeReason: 'GOMAXPROCS=8 in its environment',
    cpuLimit: 8,
    tgids: [4242],
    exe: { path: '/usr/bin/checkout', build: 'b1', script: '' },
    startedNs: 0,
    ports: [8080],
    container: '',
    pod: '',
    namespace: '',
    ...change,
  };
}

export const EMPTY_POOL = pool({
  index: 9,
  name: 'late "\\" one',
  kind: 'generic',
  size: null,
  cpuLimit: null,
  tgids: [],
  ports: [],
});

const ALERTMANAGER = {
  ...{ alertmanager: 'http://127.0.0.1:9093', sent: 120, errors: 6, droppedFull: 2, droppedRefused: 3 },
  ...{ queueLength: 5, queueCapacity: 10_000, requests: 14, requestSeconds: 0.25, fault: 'HTTP 503' },
};

/** An alert that fires, a pending one, and one that is resolved. */
function alerting(): AlertingReading {
  const alert = (name: string, severity: string, phase: AlertPhase): Alert => ({
    labels: Labels.of({ alertname: name, severity, instance: 'node-17', pool: 'checkout' }),
    annotations: [['summary', 'P99 of "checkout" has drifted']],
    ...{ value: phase === 'pending' ? Number.NaN : 2.5, phase, keptSinceMs: null },
    activeAtMs: Date.UTC(2026, 10, 20, 9, 28),
    firedAtMs: phase === 'pending' ? null : Date.UTC(2026, 10, 20, 9, 28, 30),
    resolvedAtMs: phase === 'resolved' ? Date.UTC(2026, 10, 20, 9, 29) : null,
  });
  return {
    alerts: [
      alert('Late', 'info', 'pending'),
      alert('Gone', 'info', 'resolved'),
      alert('Drift', 'odd "\\" one', 'firing'),
    ],
    evaluatedMs: Date.UTC(2026, 10, 20, 9, 29, 58),
    ...{ rules: 15, evaluations: 1500, failures: 2, lastSeconds: 0.0125, samplesTaken: 90_000, series: 640 },
    ...{ storeBytes: 3_145_728, storeBytesMax: 67_108_864, textsCut: 1 },
    losses: { seriesRefused: 7, samplesDropped: 3, samplesOutOfOrder: 1 },
  };
}

export function newWindows(thieves = 10): Windows {
  const thiefName = (tgid: number) => (tgid === 77 ? 'stress-ng /batch/report.service' : `p${tgid} /`);
  return new Windows({ windowNs: 10 * SECOND_NS, intervalNs: 5 * SECOND_NS, thieves, thiefName });
}

export type Fixture = { measured?: boolean; requests?: readonly Request[]; scraped?: ScrapeReading };

/** Twelve seconds of `pools`, and one that has no process yet. `measured`: their requests and connections too. */
export function reading(pools: readonly Pool[] = [pool()], fixture: Fixture = {}): Reading {
  const { measured = true, requests = SECOND, scraped = null } = fixture;
  const windows = newWindows();
  const at = <T>(sample: T) => new Map(pools.map(({ index }) => [index, sample]));
  for (let tenth = 0; tenth <= 120; tenth++) {
    const [whole, seconds] = [tenth % 10 === 0, tenth / 10];
    if (whole && measured)
      windows.add(
        at(sampleAfter(seconds)),
        at(requestsAfter(seconds, requests)),
        at(tcpAfter(seconds)),
        new Map(pools.map((p) => [p.index, aroundAfter(p, seconds)])),
      );
    else if (whole) windows.add(at(sampleAfter(seconds)));
    windows.look(new Array(65).fill(tenth % 10 === 3 ? 8 : 6), tenth * 1e8);
  }
  const beside = {
    request: measured ? requestsAfter(12, requests) : null,
    tcp: measured ? tcpAfter(12) : null,
    scraped,
  };
  return {
    atMs: Date.UTC(2026, 10, 20, 9, 30),
    build: { version: '0.1.0', revision: 'abc1234', nodeVersion: 'v24.0.0', kernel: '6.18.0' },
    host: { name: 'node-17', cpus: 8 },
    pools: [...pools.map((p) => windows.read(p, sampleAfter(12), beside)), windows.read(EMPTY_POOL, null)].map(
      unjudged,
    ),
    rings: [{ ring: 'sched', records: 1204, lost: 3, decodeErrors: 0 }],
    programs: [{ program: 'sched_switch', runs: 60_000, runNs: 5_400_000, recursionMisses: 0 }],
    memory: [{ object: 'sched', bytes: 4_194_304 }],
    overheadRatio: 0.003,
    shed: [],
    workersRefused: 0,
    poolsRefused: 2,
    thievesDropped: windows.thievesDropped(),
    alerting: alerting(),
    reload: { successful: true, succeededMs: Date.UTC(2026, 10, 20, 9) },
    notifications: { instances: [{ ...ALERTMANAGER }], invalid: 1, textsCut: 4 },
  };
}
