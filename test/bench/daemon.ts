import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratch } from './build.ts';
import { end, ended, start } from './children.ts';
import { cpuSeconds } from './cpu.ts';
import type { BenchOptions, Part, Section } from './part.ts';
import { type Served, withServed } from './served.ts';
import { spread } from './stats.ts';

const POOLS = 10;
const THREADS = 8;
/** From an answer to the connection's next request. */
const EVERY_MS = 100;
export const DAEMON = join(import.meta.dirname, '../../bin/pooldrift');
export const ADDRESS = '127.0.0.1:10495';
/** A scrape every 15 s, as Prometheus does; start-up is left out. */
const WARM_UP_MS = 20_000;
const SPAN_MS = 15_000;

const NOTES = ['All probes are on; each pool serves HTTP on 6 connections, with some 10 requests a second on each.'];

type Usage = { cpu_percent: number; rss_mb: number; bpf_mb: number };

/** What the daemon itself takes: CPU, resident memory, kernel memory of its maps. */
export const daemon: Part = { name: 'daemon', run: daemonSection };

async function daemonSection(options: BenchOptions): Promise<Section> {
  const name = 'Daemon';
  if (!existsSync(DAEMON)) return { name, tables: [], targets: [], notes: ['Not measured: no bin/pooldrift.'] };
  const usages = await withServed(POOLS, THREADS, EVERY_MS, (servers) => watchDaemon(servers, options));
  const of = (key: keyof Usage) => spread(usages.map((usage) => usage[key]));
  const row = (what: string, key: keyof Usage) => {
    const { low, median, high } = of(key);
    return [what, median.toFixed(2), `${low.toFixed(2)} to ${high.toFixed(2)}`];
  };
  const title = `The daemon with ${POOLS} pools of ${THREADS} workers, scraped every ${SPAN_MS / 1000} s, ${usages.length} spans`;
  const rows = [row('CPU, % of one core', 'cpu_percent'), row('RSS, MB', 'rss_mb'), row('BPF maps, MB', 'bpf_mb')];
  const targets = [
    { name: 'CPU', value: of('cpu_percent').median, limit: 0.5, unit: '% of one core' },
    { name: 'RSS', value: of('rss_mb').high, limit: 100, unit: 'MB' },
  ];
  return { name, tables: [{ title, head: ['what', 'median', 'quartiles'], rows }], targets, notes: NOTES };
}

async function watchDaemon(servers: readonly Served[], { pairs, progress }: BenchOptions): Promise<Usage[]> {
  const child = start([DAEMON, ...daemonFlags(servers)], { stdio: ['ignore', 'ignore', 'inherit'] });
  const usages: Usage[] = [];
  try {
    progress('daemon: warming up');
    await sleep(WARM_UP_MS);
    for (let i = 0; i < pairs; i++) {
      progress(`daemon: span ${i + 1} of ${pairs}`);
      usages.push(await oneSpan(child));
    }
  } finally {
    await end(child, 'SIGTERM');
  }
  return usages;
}

export function daemonFlags(servers: readonly Served[]): string[] {
  const file = join(scratch(), 'pooldrift.yaml');
  const state = join(scratch(), 'state');
  mkdirSync(state, { mode: 0o700, recursive: true });
  writeFileSync(
    file,
    `pools:\n${servers.map(({ pid }, i) => `  - { name: pool-${i}, match: { pid: ${pid} } }\n`).join('')}`,
  );
  return ['run', '--config.file', file, '--state.dir', state, '--web.listen-address', ADDRESS, '--log.level', 'error'];
}

async function oneSpan(child: ChildProcess): Promise<Usage> {
  if (ended(child)) throw new Error(`the daemon ended with ${child.exitCode}`);
  const before_s = cpuSeconds(child.pid!);
  const start_ms = performance.now();
  await sleep(SPAN_MS);
  const text = await (await fetch(`http://${ADDRESS}/metrics`)).text();
  const pools = text.match(/^pooldrift_pool_threads\{.*\} 8$/gm)?.length ?? 0;
  if (pools !== POOLS) throw new Error(`the daemon shows ${pools} full pools instead of ${POOLS}`);
  const serving = text.match(/^pooldrift_request_duration_seconds_count\{.*\} [1-9]/gm)?.length ?? 0;
  if (serving !== POOLS) throw new Error(`the daemon has counted requests of ${serving} pools, not of ${POOLS}`);
  const cpu_percent = (1e5 * (cpuSeconds(child.pid!) - before_s)) / (performance.now() - start_ms);
  return { cpu_percent, rss_mb: rssMb(child.pid!), bpf_mb: bpfBytes(text) / 1e6 };
}

function rssMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1e3;
}

function bpfBytes(metrics: string): number {
  const values = [...metrics.matchAll(/^pooldrift_bpf_memory_bytes\{.*\} (\S+)$/gm)];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}
