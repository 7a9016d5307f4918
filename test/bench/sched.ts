import { setTimeout as sleep } from 'node:timers/promises';
import { beside, type Company } from './company.ts';
import type { BenchOptions, Part, Section, Target } from './part.ts';
import { pipeRun } from './pipe.ts';
import { pooldrift } from './pooldrift.ts';
import { programsOf, runCosts } from './programs.ts';
import { median, spread } from './stats.ts';
import { bpftrace, empty, type Running, runqlat, type Tool } from './tools.ts';

type Scenario = { name: string; tool: Tool; company: Company; pooled?: 'pipe' | 'company' };

const SCENARIOS: readonly Scenario[] = [
  { name: 'an empty program on sched_switch', tool: empty('empty_switch'), company: 'nobody' },
  { name: 'pooldrift, in no pool, no pool active', tool: pooldrift, company: 'nobody' },
  { name: 'pooldrift, in no pool, a pool active', tool: pooldrift, company: 'ticker', pooled: 'company' },
  { name: 'pooldrift, in no pool, beside a waiter', tool: pooldrift, company: 'waiter', pooled: 'company' },
  { name: 'pooldrift, on a pool', tool: pooldrift, company: 'nobody', pooled: 'pipe' },
  { name: 'libbpf-tools runqlat', tool: runqlat, company: 'nobody' },
  { name: 'bpftrace runqlat.bt', tool: bpftrace, company: 'nobody' },
];

/** Alone before and after, averaged, and watched in between. */
type Pair = { alone_us: number; with_us: number; unsteady: number };

/** Where the two runs alone differ by more, something else used the core: the pair is void. */
const STEADY = 0.04;
const ATTEMPTS = 4;
const VOID_MAX = 15;

/** What watching costs the watched: `perf bench sched pipe` with and without. */
export const sched: Part = { name: 'sched', run: schedSection };

async function schedSection(options: BenchOptions): Promise<Section> {
  const present = SCENARIOS.filter(({ tool }) => !tool.missing);
  const pairs = new Map<string, Pair[]>(present.map(({ name }) => [name, []]));
  for (let round = 0; round < options.pairs; round++) {
    for (const scenario of present) {
      options.progress(`sched, pair ${round + 1} of ${options.pairs}: ${scenario.name}`);
      pairs.get(scenario.name)!.push(await steadyPair(scenario, options.operations));
    }
  }
  return describe(pairs, options);
}

/** The steadiest of a few attempts, where none is steady enough. */
async function steadyPair(scenario: Scenario, operations: number): Promise<Pair> {
  let best = await validPair(scenario, operations);
  for (let attempt = 1; attempt < ATTEMPTS && best.unsteady >= STEADY; attempt++) {
    const pair = await validPair(scenario, operations);
    if (pair.unsteady < best.unsteady) best = pair;
  }
  return best;
}

/** Waits where something else has the kernel keep its statistics: a daemon does for a second a minute. */
async function validPair(scenario: Scenario, operations: number): Promise<Pair> {
  for (let attempt = 0; attempt < VOID_MAX; attempt++) {
    const pair = await onePair(scenario, operations);
    if (pair) return pair;
    await sleep(1000);
  }
  throw new Error("something else here keeps the kernel's BPF program statistics on");
}

/** Null: void, the kernel kept program statistics meanwhile, which slows every program down. */
function onePair(scenario: Scenario, operations: number): Promise<Pair | null> {
  return beside(scenario.company, async (company) => {
    const before_us = await pipeRun(operations);
    const with_us = await watched(scenario, operations, company);
    const after_us = await pipeRun(operations);
    const unsteady = Math.abs(before_us / after_us - 1);
    return with_us === null ? null : { alone_us: (before_us + after_us) / 2, with_us, unsteady };
  });
}

async function watched({ tool, pooled }: Scenario, operations: number, company: number[]): Promise<number | null> {
  const running: Running = await tool.start();
  try {
    if (pooled === 'company') company.forEach(running.adopt);
    const before = programsOf(running.pids);
    const us = await pipeRun(operations, pooled === 'pipe' ? running.adopt : undefined);
    return runCosts(before, programsOf(running.pids)).size > 0 ? null : us;
  } finally {
    await running.stop();
  }
}

function describe(pairs: Map<string, Pair[]>, { operations, pairs: count }: BenchOptions): Section {
  const slowdowns = new Map([...pairs].map(([name, list]) => [name, list.map((p) => p.with_us / p.alone_us - 1)]));
  const rows = [...pairs].map(([name, list]) => {
    const { low, median: middle, high } = spread(slowdowns.get(name)!);
    const alone_us = median(list.map((pair) => pair.alone_us));
    const with_us = median(list.map((pair) => pair.with_us));
    return [name, alone_us.toFixed(3), with_us.toFixed(3), percent(middle), `${percent(low)} to ${percent(high)}`];
  });
  const title = `\`perf bench sched pipe\` on one core, ${operations} operations, ${count} interleaved pairs each: medians`;
  const head = ['watched by', 'alone us/op', 'watched us/op', 'slowdown', 'quartiles'];
  return {
    name: 'Scheduler probe: slowdown',
    tables: [{ title, head, rows }],
    targets: targets(slowdowns),
    notes: NOTES,
  };
}

const NOTES = [
  'One operation is two switches and about one wake-up. Each watched run stands between two alone; a pair whose two differ by 4 % or more is done again, three times at most.',
  'The kernel keeps no program statistics during these runs (checked after each).',
  'The company (a ticker, a waiter) is on the core on both sides of its pairs.',
];

function targets(slowdowns: Map<string, number[]>): Target[] {
  const peer = slowdowns.get(runqlat.name);
  const share = (name: string, scenario: string, limit: number, goal: number): Target[] => {
    const ours = slowdowns.get(scenario);
    if (!peer || !ours) return [];
    return [{ name, value: median(ours) / median(peer), limit, goal, unit: "of runqlat's slowdown" }];
  };
  return [
    ...share('on a pool', 'pooldrift, on a pool', 0.43, 0.33),
    ...share('in no pool', 'pooldrift, in no pool, no pool active', 0.22, 0.15),
  ];
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(1)} %`;
}
