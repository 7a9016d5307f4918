import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { SchedProbe } from '../../src/probes/sched.ts';
import { TcpProbe } from '../../src/probes/tcp.ts';
import { native } from './build.ts';
import { end, ended, start } from './children.ts';
import { until } from './held.ts';
import type { BenchOptions, Part, Section } from './part.ts';
import { LIMITS } from './pooldrift.ts';
import { median, spread } from './stats.ts';

const POOL = 0;
const CONNECTIONS = 10_000;
/** So many looks a pair, of each kind. */
const LOOKS = 5;

/** What a look at every socket of the host takes. */
export const sockets: Part = { name: 'sockets', run: socketsSection };

/** Milliseconds of a look. */
type Looks = { without: number[]; strangers: number[]; first: number[]; later: number[] };

async function socketsSection(options: BenchOptions): Promise<Section> {
  const looks: Looks = { without: [], strangers: [], first: [], later: [] };
  for (let round = 0; round < options.pairs; round++) {
    options.progress(`sockets, round ${round + 1} of ${options.pairs}`);
    await oneRound(looks);
  }
  return describe(looks, options.pairs);
}

async function oneRound(looks: Looks): Promise<void> {
  const sched = await SchedProbe.open({ ...LIMITS, ring: 'bpf', requests: true });
  const tcp = await TcpProbe.open(sched, { count: true, requests: true });
  try {
    for (let i = 0; i < LOOKS; i++) looks.without.push(look(tcp));
    const child = start([native('sockets'), `${CONNECTIONS}`]);
    try {
      await connected(child);
      for (let i = 0; i < LOOKS; i++) looks.strangers.push(look(tcp));
      tcp.serve(POOL, [], new Set());
      sched.assign(child.pid!, POOL, true);
      sched.flush();
      looks.first.push(look(tcp));
      const { followed } = tcp.sockets();
      if (followed < CONNECTIONS) throw new Error(`the probe follows ${followed} sockets of ${CONNECTIONS}`);
      for (let i = 0; i < LOOKS; i++) looks.later.push(look(tcp));
    } finally {
      await end(child);
    }
  } finally {
    tcp.close();
    sched.close();
  }
}

/** Milliseconds. */
function look(tcp: TcpProbe): number {
  const before_ms = performance.now();
  tcp.listeners();
  return performance.now() - before_ms;
}

/** Each end is in a process of its own. */
async function connected(child: ChildProcess): Promise<void> {
  await until(`${CONNECTIONS} connections`, () => ended(child) || descriptors(child.pid!) > CONNECTIONS);
  if (ended(child)) throw new Error(`no ${CONNECTIONS} connections: ended with ${child.signalCode ?? child.exitCode}`);
}

function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function describe(looks: Looks, rounds: number): Section {
  const without_ms = median(looks.without);
  const strangers_ms = median(looks.strangers);
  const stranger_ns = (ms: number) => ((ms - without_ms) * 1e6) / (2 * CONNECTIONS);
  const pooled_ns = (ms: number) => ((ms - strangers_ms) * 1e6) / CONNECTIONS + stranger_ns(strangers_ms);
  const row = (name: string, ms: number[], perSocket_ns: (ms: number) => number) => {
    const ns = spread(ms.map(perSocket_ns));
    const cells = [median(ms).toFixed(2), ns.median.toFixed(0), `${ns.low.toFixed(0)} to ${ns.high.toFixed(0)}`];
    return [name, ...cells];
  };
  const rows = [
    ['without them', without_ms.toFixed(2), '', ''],
    row('in no pool', looks.strangers, stranger_ns),
    row("a pool's, the first look", looks.first, pooled_ns),
    row("a pool's, a later look", looks.later, pooled_ns),
  ];
  const title = `One look at every open file of the host, beside ${CONNECTIONS} connections over loopback, ${rounds} rounds: medians`;
  return {
    name: 'Sockets',
    tables: [{ title, head: ['the connections are', 'ms a look', 'ns a socket', 'quartiles'], rows }],
    targets: [],
    notes: [
      'Two processes hold an end of each connection; one of them is the pool. A first look puts storage on each of its sockets.',
      'The daemon takes a look each interval (5 s by default), and where the ports of a pool change.',
    ],
  };
}
