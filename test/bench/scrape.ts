import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from '../../src/metrics/encode.ts';
import { families } from '../../src/metrics/families.ts';
import type { Reading } from '../../src/metrics/reading.ts';
import type { Pool } from '../../src/pools/pool.ts';
import type { SchedSource } from '../../src/probes/types.ts';
import { Windows } from '../../src/windows/windows.ts';
import { threadsOf, withCrowds } from './crowds.ts';
import type { BenchOptions, Part, Section } from './part.ts';
import { openProbe } from './pooldrift.ts';
import { spread } from './stats.ts';

const POOLS = 64;
const THREADS = 8;
const SECOND_NS = 1e9;
/** So many scrapes a pair: the first ones warm the compiler up, as a daemon's first minute does. */
const SCRAPES = 20;

type Times = { read_ms: number; render_ms: number; bytes: number };

/** All counters of 64 pools, read and rendered. */
export const scrape: Part = { name: 'scrape', run: scrapeSection };

async function scrapeSection(options: BenchOptions): Promise<Section> {
  options.progress(`scrape: ${POOLS} pools of ${THREADS} workers`);
  const times = await withCrowds(POOLS, THREADS, (pids) => scrapes(pids, options.pairs));
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
    notes: [],
  };
}

async function scrapes(pids: readonly number[], pairs: number): Promise<Times[]> {
  const probe = await openProbe();
  try {
    pids.forEach((pid, pool) => {
      for (const tid of threadsOf(pid)) probe.assign(tid, pool, true);
    });
    probe.flush();
    await sleep(1500);
    const windows = new Windows({
      windowNs: 10 * SECOND_NS,
      intervalNs: 5 * SECOND_NS,
      thieves: 10,
      thiefName: String,
    });
    const times: Times[] = [];
    for (let i = 0; i < pairs * SCRAPES; i++) times.push(oneScrape(probe, windows));
    return times;
  } finally {
    probe.close();
  }
}

function oneScrape(probe: SchedSource, windows: Windows): Times {
  const start_ms = performance.now();
  const samples = probe.sample();
  const sampled_ms = performance.now();
  if (samples.size !== POOLS) throw new Error(`${samples.size} pools were sampled instead of ${POOLS}`);
  windows.add(samples);
  const pools = [...samples].map(([index, sample]) => windows.read(poolOf(index), sample));
  const text = encode(families({ ...FRAME, pools, rings: probe.rings(), memory: probe.memory() }), 'text');
  return { read_ms: sampled_ms - start_ms, render_ms: performance.now() - sampled_ms, bytes: text.length };
}

const FRAME: Omit<Reading, 'pools' | 'rings' | 'memory'> = {
  atMs: 0,
  build: { version: '0', revision: '', nodeVersion: process.version, kernel: '' },
  host: { name: 'bench', cpus: 1 },
  programs: [],
  overheadRatio: null,
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
    ports: [],
    container: '',
    pod: '',
    namespace: '',
  };
}
