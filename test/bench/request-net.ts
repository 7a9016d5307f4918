import type { ProgramStats } from '../../src/probes/types.ts';
import { bpfObject } from './build.ts';
import { loadObject, withStatistics } from './libbpf.ts';
import type { BenchOptions, Part, Section, Table, Target } from './part.ts';
import { follow, openProbes, requestsOf } from './pooldrift.ts';
import { agree } from './request.ts';
import { spread } from './stats.ts';
import { startNginx, startWorkload, type WebServer } from './webserver.ts';
import { type Load, wrk } from './wrk.ts';

const SECONDS = 2;
const CONNECTIONS = 16;
const NGINX = 'nginx';

const SERVERS: Readonly<Record<string, () => Promise<WebServer>>> = {
  [NGINX]: startNginx,
  'another thread answers': () => startWorkload('handoff', 'read', '4'),
};

/** Those of test/bench/bpf/floors.bpf.c. What has no floor there runs a few times a connection. */
const FLOORS = [
  ...['on_sched_switch', 'on_sched_waking', 'on_data_ready', 'on_recv_length'],
  ...['on_sendmsg_locked', 'on_sendmsg_entry', 'on_send_length'],
];
/** A program that ran less often a request is counted, and not listed. */
const ON_PATH = 0.05;

/** What a request costs in our programs, by the kernel's own statistics. */
export const requestNet: Part = { name: 'request-net', run: netSection };

type Cost = { program: string; sched: boolean; runs: number; floor_ns: number; net_ns: number };
/** Of one run: by program, runs and nanoseconds a request. */
type Run = readonly Cost[];

async function netSection(options: BenchOptions): Promise<Section> {
  const found = new Map<string, Run[]>();
  for (const [name, start] of Object.entries(SERVERS)) {
    const runs: Run[] = [];
    const web = await start();
    try {
      for (let round = 0; round < options.pairs; round++) {
        options.progress(`request-net, run ${round + 1} of ${options.pairs}: ${name}`);
        runs.push(await oneRun(web));
      }
    } finally {
      await web.stop();
    }
    found.set(name, runs);
  }
  return describe(found);
}

/** Two runs, one after the other: the probes, then what empty programs on the same events read alone. */
async function oneRun(web: WebServer): Promise<Run> {
  const { load, spent, ofSched } = await probesBeside(web);
  const floors = await floorsBeside(web, new Set(spent.map(({ program }) => program)));
  return spent.map(({ program, runs, runNs }) => {
    const empty = floors.find((floor) => floor.program === program);
    const floor_ns = empty?.runs ? empty.runNs / empty.runs : 0;
    const net_ns = (runNs - runs * floor_ns) / load.requests;
    return { program, sched: ofSched.has(program), runs: runs / load.requests, floor_ns, net_ns };
  });
}

async function probesBeside(web: WebServer): Promise<{ load: Load; spent: ProgramStats[]; ofSched: Set<string> }> {
  const probes = await openProbes();
  try {
    follow(probes, web);
    const ofSched = new Set(probes.sched.programs().map(({ program }) => program));
    let load: Load = { requests: 0, us: 0 };
    const spent = await spentBy(
      () => probes.programs(),
      async () => {
        load = await wrk(web, CONNECTIONS, SECONDS);
      },
    );
    agree(requestsOf(probes), load, CONNECTIONS);
    return { load, spent, ofSched };
  } finally {
    probes.close();
  }
}

async function floorsBeside(web: WebServer, loaded: ReadonlySet<string>): Promise<ProgramStats[]> {
  const without = FLOORS.filter((program) => !loaded.has(program));
  const object = await loadObject('floors', bpfObject('floors'), without);
  try {
    await object.attach(FLOORS.filter((program) => loaded.has(program)));
    return await spentBy(
      () => object.programInfos(),
      () => wrk(web, CONNECTIONS, SECONDS),
    );
  } finally {
    object.close();
  }
}

/** What the programs ran, and how long, during `work`. */
function spentBy(programs: () => readonly ProgramStats[], work: () => Promise<unknown>): Promise<ProgramStats[]> {
  return withStatistics(async () => {
    const before = new Map(programs().map((program) => [program.program, program]));
    await work();
    return programs().map((after) => {
      const { runs, runNs, recursionMisses } = before.get(after.program)!;
      return {
        program: after.program,
        runs: after.runs - runs,
        runNs: after.runNs - runNs,
        recursionMisses: after.recursionMisses - recursionMisses,
      };
    });
  });
}

const OBJECTS = { 'tcp and request together': false, 'sched together': true };

function describe(found: Map<string, Run[]>): Section {
  const rows = [...found].flatMap(([server, runs]) => [
    ...programRows(server, runs),
    ...Object.entries(OBJECTS).map(([name, sched]) => [server, name, '', '', ...figures(totals(runs, sched))]),
  ]);
  const title = `Nanoseconds a request, medians of ${[...found.values()][0]!.length} runs`;
  const head = ['server', 'program', 'runs a request', 'floor ns a run', 'net ns a request', 'quartiles'];
  return {
    name: 'Requests: time in the programs',
    tables: [{ title, head, rows }],
    targets: targets(found.get(NGINX)!),
    notes: NOTES,
  };
}

const NOTES = [
  `wrk with ${CONNECTIONS} connections kept alive on one core, the server on another. The programs run for wrk's sockets as well, where they end at once; those runs are in the figures.`,
  "Run time by the kernel less what an empty program on the same event (its floor) reads alone in the run just after, over the requests that wrk counted, which are the probe's (checked).",
  'nginx reads, answers and serves a file of 6 bytes by one thread. In the other server one thread reads and one of four others answers: the time of both is told from their pasts.',
];

function programRows(server: string, runs: readonly Run[]): Table['rows'] {
  const listed = runs[0]!.filter((cost) => cost.runs >= ON_PATH);
  return listed.map(({ program }) => {
    const of = (field: 'runs' | 'floor_ns' | 'net_ns') =>
      runs.map((run) => run.find((cost) => cost.program === program)![field]);
    return [
      server,
      program,
      spread(of('runs')).median.toFixed(2),
      spread(of('floor_ns')).median.toFixed(1),
      ...figures(of('net_ns')),
    ];
  });
}

function figures(values: readonly number[]): string[] {
  const { low, median, high } = spread(values);
  return [median.toFixed(1), `${low.toFixed(1)} to ${high.toFixed(1)}`];
}

/** Of each run. */
function totals(runs: readonly Run[], sched: boolean): number[] {
  return runs.map((run) => run.filter((cost) => cost.sched === sched).reduce((sum, { net_ns }) => sum + net_ns, 0));
}

function targets(nginx: readonly Run[]): Target[] {
  const value = spread(totals(nginx, false)).median;
  return [{ name: 'nginx: tcp and request', value, limit: 350, unit: 'ns a request' }];
}
