import { beside, type Company } from './company.ts';
import { withStatistics } from './libbpf.ts';
import type { BenchOptions, Part, Section, Table, Target } from './part.ts';
import { pipeRun } from './pipe.ts';
import { pooldrift, withoutRequests } from './pooldrift.ts';
import { programsOf, type RunCost, runCosts } from './programs.ts';
import { spread } from './stats.ts';
import { bpftrace, empty, type Running, runqlat, type Tool } from './tools.ts';

type Situation = { name: string; tool: Tool; company: Company; pooled?: 'pipe' | 'company' };

const ON_POOL = 'pooldrift, on a pool';
const WITHOUT = 'pooldrift without requests, on a pool';

const SITUATIONS: readonly Situation[] = [
  { name: 'pooldrift, no pool active', tool: pooldrift, company: 'nobody' },
  { name: 'pooldrift, a pool active', tool: pooldrift, company: 'ticker', pooled: 'company' },
  { name: 'pooldrift, beside a waiter', tool: pooldrift, company: 'waiter', pooled: 'company' },
  { name: ON_POOL, tool: pooldrift, company: 'nobody', pooled: 'pipe' },
  { name: WITHOUT, tool: withoutRequests, company: 'nobody', pooled: 'pipe' },
  { name: 'libbpf-tools runqlat', tool: runqlat, company: 'nobody' },
  { name: 'bpftrace runqlat.bt', tool: bpftrace, company: 'nobody' },
];

const FLOORS = ['empty_switch', 'empty_waking'] as const;
const floor = empty(...FLOORS);

/** A program that ran less often than this share of the operations is not on the path. */
const ON_PATH = 0.2;

/** Net nanoseconds of each program by the kernel's own statistics. */
export const schedNet: Part = { name: 'sched-net', run: netSection };

async function netSection(options: BenchOptions): Promise<Section> {
  const found = new Map<string, Map<string, number[]>>();
  for (let round = 0; round < options.pairs; round++) {
    for (const situation of SITUATIONS.filter(({ tool }) => !tool.missing)) {
      options.progress(`sched-net, run ${round + 1} of ${options.pairs}: ${situation.name}`);
      const programs = found.get(situation.name) ?? new Map<string, number[]>();
      found.set(situation.name, programs);
      for (const [program, ns] of await netRun(situation, options.operations)) {
        programs.set(program, [...(programs.get(program) ?? []), ns]);
      }
    }
  }
  return describe(found, options.pairs);
}

/** Two runs, one after the other: what empty programs read alone, and what each program of the tool took over that. */
function netRun(situation: Situation, operations: number): Promise<[string, number][]> {
  return beside(situation.company, async (company) => {
    const floors = await costsBeside(floor, operations);
    const tool = await costsBeside(situation.tool, operations, (running) => {
      if (situation.pooled === 'company') company.forEach(running.adopt);
      return situation.pooled === 'pipe' ? running.adopt : undefined;
    });
    return net(floors, tool, operations);
  });
}

async function costsBeside(
  tool: Tool,
  operations: number,
  prepare: (running: Running) => ((pid: number) => void) | undefined = () => undefined,
): Promise<Map<string, RunCost>> {
  const running = await tool.start();
  try {
    const join = prepare(running);
    return await costsOf(running.pids, () => pipeRun(operations, join));
  } finally {
    await running.stop();
  }
}

function costsOf(pids: readonly number[], work: () => Promise<unknown>): Promise<Map<string, RunCost>> {
  return withStatistics(async () => {
    const before = programsOf(pids);
    await work();
    return runCosts(before, programsOf(pids));
  });
}

/** Each event has its floor: an empty program on it, alone as the tool is. */
function net(floors: Map<string, RunCost>, tool: Map<string, RunCost>, operations: number): [string, number][] {
  const floorOf = (program: string) => floors.get(/wak/.test(program) ? 'empty_waking' : 'empty_switch')!.ns;
  const onPath = [...tool].filter(([, { runs }]) => runs > ON_PATH * operations);
  return [
    ...FLOORS.map((name): [string, number] => [`(${name})`, floors.get(name)!.ns]),
    ...onPath.map(([name, { ns }]): [string, number] => [name, ns - floorOf(name)]),
  ];
}

function describe(found: Map<string, Map<string, number[]>>, runs: number): Section {
  const rows = [...found].flatMap(([situation, programs]) =>
    [...programs].map(([program, values]) => {
      const { low, median, high } = spread(values);
      return [situation, program, median.toFixed(1), `${low.toFixed(1)} to ${high.toFixed(1)}`];
    }),
  );
  const title = `Net nanoseconds a run, medians of ${runs} runs`;
  const head = ['situation', 'program', 'net ns', 'quartiles'];
  const notes = [
    "Opened as the daemon does: each worker's last times off the CPU are kept, for the requests; but for what is named without.",
    'Run time by the kernel less what an empty program on the same event (in brackets) reads alone in the run just before: dispatch is in neither.',
  ];
  return {
    name: 'Scheduler probe: time in the programs',
    tables: [{ title, head, rows }, pastTable(found)],
    targets: targets(found),
    notes,
  };
}

/** Both runs of a round, one after the other, are a pair. */
function pastTable(found: Map<string, Map<string, number[]>>): Table {
  const without = found.get(WITHOUT)!;
  const rows = [...found.get(ON_POOL)!]
    .filter(([program]) => !program.startsWith('('))
    .map(([program, values]) => {
      const { low, median, high } = spread(values.map((ns, i) => ns - without.get(program)![i]!));
      return [program, median.toFixed(1), `${low.toFixed(1)} to ${high.toFixed(1)}`];
    });
  const title = "What it costs a worker's switch and wake-up that its past is kept: nanoseconds more than without";
  return { title, head: ['program', 'ns', 'quartiles'], rows };
}

function targets(found: Map<string, Map<string, number[]>>): Target[] {
  const target = (situation: string, event: RegExp, limit: number): Target[] => {
    const programs = [...(found.get(`pooldrift, ${situation}`) ?? [])].filter(
      ([program]) => event.test(program) && !program.startsWith('('),
    );
    const value = programs.reduce((sum, [, values]) => sum + spread(values).median, 0);
    return programs.length ? [{ name: `${situation}: ${event.source}`, value, limit, unit: 'ns' }] : [];
  };
  return [
    ...target('on a pool', /switch/, 100),
    ...target('on a pool', /waking/, 70),
    ...target('no pool active', /switch/, 8),
    ...target('a pool active', /switch/, 12),
    ...target('beside a waiter', /switch/, 20),
  ];
}
