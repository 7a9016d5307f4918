import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { unjudged } from '../../src/attribution/judged.ts';
import { encode } from '../../src/metrics/encode.ts';
import { families } from '../../src/metrics/families.ts';
import type { Reading } from '../../src/metrics/reading.ts';
import type { Pool } from '../../src/pools/pool.ts';
import type { Probes } from '../../src/probes/probes.ts';
import { Windows } from '../../src/windows/windows.ts';
import type { BenchOptions, Part, Section } from './part.ts';
import { follow, openProbes, requestsOf } from './pooldrift.ts';
import { type Served, withServed } from './served.ts';
import { spread } from './stats.ts';

const POOLS = 64;
const THREADS = 8;
/** From an answer to the connection's next request. */
const EVERY_MS = 1000;
const WARM_UP_S = 3;
const SECOND_NS = 1e9;
/** So many scrapes a pair: the first ones warm the compiler up, as a daemon's first minute does. */
const SCRAPES = 20;

type Times = { read_ms: number; render_ms: number; bytes: number };

/** All counters of 64 pools that serve requests, read and rendered. */
export const scrape: Part = { name: 'scrape', run: scrapeSection };

async function scrapeSection(options: BenchOptions): Promise<Section> {
  options.progress(`scrape: ${POOLS} pools of ${THREADS} workers`);
  const times = await withServed(POOLS, THREADS, EVERY_MS, (servers) => scrapes(servers, options.pairs));
  const read = spread(times.map(({ read_ms }) => read_ms));
  const render = spread(times.map(({ render_ms }) => render_ms));
  const both = spread(times.map(({ read_ms, render_ms }) => read_ms + render_ms));
  const row = (name: string, s: typeof read) => [
    name,
    s.median.toFixed(2),
    `${s.low.toFixed(2)} to ${s.high.toFixed(2)}`,
  ];
  const title = `${POOLS} pools of ${THREADS} workers, ${times.length} scrapes, ${times.at(-1)!.bytes} bytes each: milliseconds`;
  const rows = [row('read all counters', read), row('render /metrics', render), row('together', both)];
  return {
    name: 'Scrape',
    tables: [{ title, head: ['step', 'ms', 'quartiles'], rows }],
    targets: [{ name: `read and render ${POOLS} pools`, value: both.median, limit: 20, unit: 'ms' }],
    notes: ['All probes are on; each pool serves HTTP on 6 connections, with a request a second on each.'],
  };
}

async function scrapes(servers: readonly Served[], pairs: number): Promise<Times[]> {
  const probes = await openProbes();
  try {
    servers.forEach((server, pool) => void follow(probes, server, pool));
    const windows = new Windows({
      windowNs: 10 * SECOND_NS,
      intervalNs: 5 * SECOND_NS,
      thieves: 10,
      thiefName: String,
    });
    for (let i = 0; i < WARM_UP_S; i++) {
      await sleep(1000);
      oneScrape(probes, windows);
    }
    const times: Times[] = [];
    for (let i = 0; i < pairs * SCRAPES; i++) times.push(oneScrape(probes, windows));
    const silent = servers.findIndex((_, pool) => requestsOf(probes, pool) === 0);
    if (silent >= 0) throw new Error(`the probe has counted no request of pool ${silent}`);
    return times;
  } finally {
    probes.close();
  }
}

function oneScrape(probes: Probes, windows: Windows): Times {
  const start_ms = performance.now();
  const samples = probes.samples();
  const requests = new Map([...samples.keys()].map((pool) => [pool, probes.requests(pool)!]));
  const tcp = new Map([...samples.keys()].map((pool) => [pool, probes.tcp(pool)!]));
  const sampled_ms = performance.now();
  if (samples.size !== POOLS) throw new Error(`${samples.size} pools were sampled instead of ${POOLS}`);
  windows.add(samples, requests, tcp);
  const pools = [...samples].map(([index, sample]) =>
    unjudged(windows.read(poolOf(index), sample, { request: requests.get(index), tcp: tcp.get(index) })),
  );
  const text = encode(families({ ...FRAME, pools, rings: probes.rings(), memory: probes.memory() }), 'text');
  return { read_ms: sampled_ms - start_ms, render_ms: performance.now() - sampled_ms, bytes: text.length };
}

const FRAME: Omit<Reading, 'pools' | 'rings' | 'memory'> = {
  atMs: 0,
  build: { version: '0', revision: '', nodeVersion: process.version, kernel: '' },
  host: { name: 'bench', cpus: 1 },
  programs: [],
  overheadRatio: null,
  shed: [],
  workersRefused: 0,
  poolsRefused: 0,
  thievesDropped: 0,
};

function poolOf(index: number): Pool {
  return {
    index,
    name: `pool-${index}`,
    configured: true,
    kind: 'generic',
    size: THREADS,
    sizeSource: 'fixed',
    sizeReason: '',
    cpuLimit: 1,
    tgids: [],
    exe: null,
    startedNs: null,
    ports: [],
    container: '',
    pod: '',
    namespace: '',
  };
}
