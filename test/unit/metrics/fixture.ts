import type { PoolSample, Theft } from '../../../src/decode/sample.ts';
import type { Reading } from '../../../src/metrics/reading.ts';
import type { Pool } from '../../../src/pools/pool.ts';
import { bucketIndex, WAIT_BUCKETS } from '../../../src/windows/histogram.ts';
import { Windows } from '../../../src/windows/windows.ts';

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

export function newWindows(thieves = 10): Windows {
  const thiefName = (tgid: number) => (tgid === 77 ? 'stress-ng /batch/report.service' : `p${tgid} /`);
  return new Windows({ windowNs: 10 * SECOND_NS, intervalNs: 5 * SECOND_NS, thieves, thiefName });
}

/** Twelve seconds of `pools`, and one that has no process yet. */
export function reading(pools: readonly Pool[] = [pool()]): Reading {
  const windows = newWindows();
  const at = (seconds: number) => new Map(pools.map(({ index }) => [index, sampleAfter(seconds)]));
  for (let tenth = 0; tenth <= 120; tenth++) {
    if (tenth % 10 === 0) windows.add(at(tenth / 10));
    windows.look(new Array(65).fill(tenth % 10 === 3 ? 8 : 6), tenth * 1e8);
  }
  return {
    atMs: Date.UTC(2026, 10, 20, 9, 30),
    build: { version: '0.1.0', revision: 'abc1234', nodeVersion: 'v24.0.0', kernel: '6.18.0' },
    host: { name: 'node-17', cpus: 8 },
    pools: [...pools.map((p) => windows.read(p, sampleAfter(12))), windows.read(EMPTY_POOL, null)],
    rings: [{ ring: 'sched', records: 1204, lost: 3, decodeErrors: 0 }],
    programs: [{ program: 'sched_switch', runs: 60_000, runNs: 5_400_000, recursionMisses: 0 }],
    memory: [{ object: 'sched', bytes: 4_194_304 }],
    overheadRatio: 0.003,
    workersRefused: 0,
    poolsRefused: 2,
    thievesDropped: windows.thievesDropped(),
  };
}
