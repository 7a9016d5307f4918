import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratch } from './build.ts';
import { end, ended, start } from './children.ts';
import { cpuShare } from './cpu.ts';
import type { BenchOptions, Part, Section } from './part.ts';
import { type Served, withServed } from './served.ts';
import { spread, spreadRow } from './stats.ts';

export const POOLS = 10;
const THREADS = 8;
/** From an answer to the connection's next request. */
const EVERY_MS = 100;
export const DAEMON = join(import.meta.dirname, '../../bin/pooldrift');
export const ADDRESS = '127.0.0.1:10495';
const WARM_UP_MS = 20_000;
/** A scrape every 15 s, as Prometheus does; start-up is left out. */
const SPAN_MS = 15_000;

const NOTES = ['All probes are on; each pool serves HTTP on 6 connections, with some 10 requests a second on each.'];

type Usage = { cpu_percent: number; rss_mb: number; bpf_mb: number };

/** What the daemon itself takes: CPU, resident memory, kernel memory of its maps. */
export const daemon: Part = { name: 'daemon', run: daemonSection };

async function daemonSection(options: BenchOptions): Promise<Section> {
  const name = 'Daemon';
  if (!existsSync(DAEMON)) return { name, tables: [], targets: [], notes: ['Not measured: no bin/pooldrift.'] };
  const usages = await onDaemon('daemon', options, oneSpan);
  const of = (key: keyof Usage) => spread(usages.map((usage) => usage[key]));
  const row = (what: string, key: keyof Usage) => spreadRow(what, of(key));
  const title = `The daemon with ${POOLS} pools of ${THREADS} workers, scraped every ${SPAN_MS / 1000} s, ${usages.length} spans`;
  const rows = [row('CPU, % of one core', 'cpu_percent'), row('RSS, MB', 'rss_mb'), row('BPF maps, MB', 'bpf_mb')];
  const targets = [
    { name: 'CPU', value: of('cpu_percent').median, limit: 0.5, unit: '% of one core' },
    { name: 'RSS', value: of('rss_mb').high, limit: 100, unit: 'MB' },
  ];
  return { name, tables: [{ title, head: ['what', 'median', 'quartiles'], rows }], targets, notes: NOTES };
}

/** What `once` finds, in each of the pairs, of a daemon beside serving pools that has warmed up. */
export function onDaemon<T>(
  name: string,
  { pairs, progress }: BenchOptions,
  once: (child: ChildProcess) => Promise<T>,
): Promise<T[]> {
  return withServed(POOLS, THREADS, EVERY_MS, async (servers) => {
    const child = start([DAEMON, ...daemonFlags(servers)], { stdio: ['ignore', 'ignore', 'inherit'] });
    const found: T[] = [];
    try {
      progress(`${name}: warming up`);
      await sleep(WARM_UP_MS);
      for (let i = 0; i < pairs; i++) {
        progress(`${name}: ${i + 1} of ${pairs}`);
        if (ended(child)) throw new Error(`the daemon ended with ${child.exitCode}`);
        found.push(await once(child));
      }
    } finally {
      await end(child, 'SIGTERM');
    }
    return found;
  });
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

async function oneSpan({ pid }: ChildProcess): Promise<Usage> {
  let text = '';
  const scrape = async () => {
    await sleep(SPAN_MS);
    text = await (await fetch(`http://${ADDRESS}/metrics`)).text();
  };
  const [cpu_percent] = await cpuShare([pid!], scrape);
  const pools = text.match(/^pooldrift_pool_threads\{.*\} 8$/gm)?.length ?? 0;
  if (pools !== POOLS) throw new Error(`the daemon shows ${pools} full pools instead of ${POOLS}`);
  const serving = text.match(/^pooldrift_request_duration_seconds_count\{.*\} [1-9]/gm)?.length ?? 0;
  if (serving !== POOLS) throw new Error(`the daemon has counted requests of ${serving} pools, not of ${POOLS}`);
  return { cpu_percent: cpu_percent!, rss_mb: rssMb(pid!), bpf_mb: bpfBytes(text) / 1e6 };
}

function rssMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1e3;
}

function bpfBytes(metrics: string): number {
  const values = [...metrics.matchAll(/^pooldrift_bpf_memory_bytes\{.*\} (\S+)$/gm)];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}
