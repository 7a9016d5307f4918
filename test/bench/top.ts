import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { has } from '../lib/build.ts';
import { undoAll } from '../lib/cleanup.ts';
import { Terminal } from '../lib/tmux.ts';
import { cpuShare } from './cpu.ts';
import { ADDRESS, DAEMON, onDaemon, POOLS } from './daemon.ts';
import type { BenchOptions, Part, Section, Table } from './part.ts';
import { spread, spreadRow } from './stats.ts';

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
  const measured = await onDaemon('top', options, onePair);
  const of = (key: keyof Measured) => spread(measured.map((each) => each[key]));
  const more = spread(measured.map(({ alone, asked }) => asked - alone));
  const cpu: Table = {
    title: `\`pooldrift top\` on ${POOLS} pools, in a terminal of ${SIZE.columns} columns, ${measured.length} pairs of ${SPAN_MS / 1000} s`,
    head: ['CPU, % of one core', 'median', 'quartiles'],
    rows: [spreadRow('`pooldrift top`', of('top')), spreadRow('what it costs the daemon', more)],
  };
  const notes = ['It asks and draws once a second: a table, and beside it the explanation of the pool at the cursor.'];
  return { name, tables: [cpu], targets: [], notes };
}

async function onePair(child: ChildProcess): Promise<Measured> {
  const [alone] = await cpuShare([child.pid!], () => sleep(SPAN_MS));
  return { alone: alone!, ...(await withTop(child)) };
}

async function withTop(child: ChildProcess): Promise<Pick<Measured, 'asked' | 'top'>> {
  const terminal = new Terminal(SIZE);
  try {
    terminal.run(`${DAEMON} top --url http://${ADDRESS}/`);
    await terminal.shows(/pool-0/);
    await sleep(SETTLE_MS);
    const [asked, drawn] = await cpuShare([child.pid!, terminal.foreground()], () => sleep(SPAN_MS));
    await terminal.shows(/pool-0/, 1);
    return { asked: asked!, top: drawn! };
  } finally {
    await undoAll();
  }
}
