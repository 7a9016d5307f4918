// drift_load PAIRS FOLDER, under --expose-gc: feeds the cases of 64 pools as the daemon does; prints a Spent as JSON.
import { explain } from '../../src/attribution/explain.ts';
import { Cases } from '../../src/cases.ts';
import type { Pool } from '../../src/pools/pool.ts';
import { StateFolder } from '../../src/state/folder.ts';
import { bucketIndex, WAIT_BUCKETS } from '../../src/windows/histogram.ts';
import { signalsOf } from '../../src/windows/signals.ts';
import { pool, reading, sampleAfter, tcpAfter } from '../unit/metrics/fixture.ts';
import { Served } from '../unit/windows/requests.ts';

export type Spent = {
  pools: number;
  perSecond: number;
  intervalSeconds: number;
  /** Of one core: the seconds alone, and with the intervals' work. */
  secondsShares: number[];
  shares: number[];
  bytesPerPool: number;
  /** On disk. */
  savedBytes: number;
};

const POOLS = 64;
const PER_SECOND = 1000;
const INTERVAL_SECONDS = 5;
/** The baseline is full and has moved on. */
const WARM_UP_SECONDS = 2 * 3600;
const PAIR_SECONDS = 300;
const OPTIONS = { windowSeconds: 10, baselineSeconds: 3600, ratioMin: 1.2, falseAlarmsPerPoolYear: 1 };
/** So many different seconds, of which each pool has one after the other. */
const KINDS = 509;
const ROWS = 40;

type Work = { seconds: boolean; intervals: boolean };
/** What a second adds: buckets, and how many requests to each. */
type Grown = { buckets: Uint16Array; counts: Uint16Array };

let seed = 1;
/** A linear congruential generator (Press et al., Numerical Recipes), the same each time; from 0 to 1, without either. */
function uniform(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return (seed + 0.5) / 2 ** 32;
}

/** Lognormal latencies with a median of 1 ms. */
function second(): Grown {
  const counts = new Map<number, number>();
  for (let i = 0; i < PER_SECOND; i++) {
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const bucket = bucketIndex(Math.round(1e6 * Math.exp(0.5 * normal)));
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return { buckets: Uint16Array.from(counts.keys()), counts: Uint16Array.from(counts.values()) };
}

const POOL = pool();
const [READING] = reading().pools;
const READINGS = Array.from({ length: POOLS }, (_, index) => ({
  ...READING!,
  pool: pool({ index, name: `p${index}` }),
}));
const fail = (line: string) => {
  throw new Error(line);
};
const LOG = { info: () => {}, warn: fail, error: fail };

/** Pools whose time goes by as fast as it can. */
class Load {
  readonly #kinds = Array.from({ length: KINDS }, second);
  readonly #counts = READINGS.map(() => new Float64Array(WAIT_BUCKETS));
  readonly #served = new Served();
  cases: Cases | null = null;
  #atSeconds = 0;

  /** Lets `seconds` go by; their CPU time in seconds. */
  run(seconds: number, work: Work): number {
    const before = process.cpuUsage();
    for (let i = 0; i < seconds; i++) this.#second(work);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  }

  #second(work: Work): void {
    const atNs = ++this.#atSeconds * 1e9;
    for (const [at, { pool: each }] of READINGS.entries()) {
      this.#grow(at);
      if (work.seconds) this.#judge(each, atNs, this.#counts[at]!);
    }
    if (this.#atSeconds % INTERVAL_SECONDS === 0) this.#interval(atNs, work.intervals);
  }

  #grow(at: number): void {
    const { buckets, counts } = this.#kinds[(this.#atSeconds + 31 * at) % KINDS]!;
    const sum = this.#counts[at]!;
    for (let i = 0; i < buckets.length; i++) sum[buckets[i]!]! += counts[i]!;
  }

  #judge(each: Pool, atNs: number, counts: Float64Array): void {
    this.cases!.second(each, { latencies: { atNs, counts } }, atNs, () => fail('a false alarm'));
  }

  /** Where the interval's requests were; and why, as if somebody looked at each pool. */
  #interval(atNs: number, attribute: boolean): void {
    const parts = { queue: 1e5, oncpu: 6e5, blocked_network: 2e5 };
    const times = (PER_SECOND * INTERVAL_SECONDS) / ROWS;
    for (let i = 0; i < ROWS; i++) this.#served.serve({ latencyNs: 5e5 * 1.05 ** i, parts, times });
    const [each, tcp] = [sampleAfter(this.#atSeconds), tcpAfter(this.#atSeconds)];
    const signals = signalsOf({ pool: POOL, sample: each, tcp, activeWorkers: 2, surroundings: null, gc: null });
    if (!attribute) return;
    const sample = this.#served.at(atNs);
    for (const read of READINGS) {
      this.cases!.sampled(read.pool.name, sample, signals, true);
      explain(this.cases!.judged(read, atNs));
    }
  }
}

/** After a full collection. */
function bytesInUse(): number {
  globalThis.gc!();
  globalThis.gc!();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function measure(pairs: number, state: StateFolder): Spent {
  const [load, idle] = [new Load(), new Load()];
  load.run(1, { seconds: false, intervals: false });
  const before = bytesInUse();
  load.cases = new Cases({ drift: OPTIONS, state, bootId: '', log: LOG });
  load.run(WARM_UP_SECONDS, { seconds: true, intervals: true });
  const bytesPerPool = (bytesInUse() - before) / POOLS;
  const [secondsShares, shares]: [number[], number[]] = [[], []];
  for (let i = 0; i < pairs; i++) {
    const none = idle.run(PAIR_SECONDS, { seconds: false, intervals: false });
    secondsShares.push((load.run(PAIR_SECONDS, { seconds: true, intervals: false }) - none) / PAIR_SECONDS);
    shares.push((load.run(PAIR_SECONDS, { seconds: true, intervals: true }) - none) / PAIR_SECONDS);
  }
  const savedBytes = JSON.stringify(state.read('p0')).length;
  const scene = { pools: POOLS, perSecond: PER_SECOND, intervalSeconds: INTERVAL_SECONDS };
  return { ...scene, secondsShares, shares, bytesPerPool, savedBytes };
}

const [pairs, folder] = process.argv.slice(2);
const state = StateFolder.open(folder!, LOG, { version: '0' });
process.stdout.write(JSON.stringify(measure(Number(pairs), state)));
state.close();
