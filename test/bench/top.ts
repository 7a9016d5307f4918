import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { has } from '../lib/build.ts';
import { undoAll } from '../lib/cleanup.ts';
import { Terminal } from '../lib/tmux.ts';
import { end, start } from './children.ts';
import { cpuShare } from './cpu.ts';
import { ADDRESS, DAEMON, daemonFlags } from './daemon.ts';
import type { BenchOptions, Part, Section, Table } from './part.ts';
import { type Served, withServed } from './served.ts';
import { type Spread, spread } from './stats.ts';

const POOLS = 10;
const THREADS = 8;
const EVERY_MS = 100;
const WARM_UP_MS = 20_000;
const SPAN_MS = 10_000;
/** Until it has started and drawn the figures that the daemon answers at first. */
const SETTLE_MS = 3000;
const SIZE = { columns: 160, rows: 50 };

/** CPU of one core, in %: the daemon without and with a `pooldrift top`, and that one. */
type Measured = { alone: number; asked: number; top: number };

/** `pooldrift top` in a terminal: what it takes, and what it costs the daemon. */
export const top: Part = { name: 'top', run: topSection };

async function topSection(options: BenchOptions): Promise<Section> {
  const name = 'Terminal';
  const lacks = !existsSync(DAEMON) ? 'no bin/pooldrift' : has('tmux') ? null : 'not installed: tmux';
  if (lacks !== null) return { name, tables: [], targets: [], notes: [`Not measured: ${lacks}.`] };
  const measured = await withServed(POOLS, THREADS, EVERY_MS, (servers) => measure(servers, options));
  const of = (key: keyof Measured) => spread(measured.map((each) => each[key]));
  const more = spread(measured.map(({ alone, asked }) => asked - alone));
  const cpu: Table = {
    title: `\`pooldrift top\` on ${POOLS} pools, in a terminal of ${SIZE.columns} columns, ${measured.length} pairs of ${SPAN_MS / 1000} s`,
    head: ['CPU, % of one core', 'median', 'quartiles'],
    rows: [row('`pooldrift top`', of('top')), row('what it costs the daemon', more)],
  };
  const notes = ['It asks and draws once a second: a table, and beside it the explanation of the pool at the cursor.'];
  return { name, tables: [cpu], targets: [], notes };
}

function row(name: string, { median, low, high }: Spread): string[] {
  return [name, median.toFixed(2), `${low.toFixed(2)} to ${high.toFixed(2)}`];
}

async function measure(servers: readonly Served[], { pairs, progress }: BenchOptions): Promise<Measured[]> {
  const child = start([DAEMON, ...daemonFlags(servers)], { stdio: ['ignore', 'ignore', 'inherit'] });
  const measured: Measured[] = [];
  try {
    progress('top: warming up');
    await sleep(WARM_UP_MS);
    for (let i = 0; i < pairs; i++) {
      progress(`top: pair ${i + 1} of ${pairs}`);
      const [alone] = await cpuShare([child.pid!], SPAN_MS);
      measured.push({ alone: alone!, ...(await withTop(child)) });
    }
  } finally {
    await end(child, 'SIGTERM');
  }
  return measured;
}

async function withTop(child: ChildProcess): Promise<Pick<Measured, 'asked' | 'top'>> {
  const terminal = new Terminal(SIZE);
  try {
    terminal.run(`${DAEMON} top --url http://${ADDRESS}/`);
    await terminal.shows(/pool-0/);
    await sleep(SETTLE_MS);
    const [asked, drawn] = await cpuShare([child.pid!, terminal.foreground()], SPAN_MS);
    await terminal.shows(/pool-0/, 1);
    return { asked: asked!, top: drawn! };
  } finally {
    await undoAll();
  }
}
