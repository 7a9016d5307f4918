import { type Pair, type Scenario, steadyPair } from './pairs.ts';
import type { BenchOptions, Part, Section, Target } from './part.ts';
import { pooldrift } from './pooldrift.ts';
import { median, spread } from './stats.ts';
import { bpftrace, empty, runqlat } from './tools.ts';

const SCENARIOS: readonly Scenario[] = [
  { name: 'an empty program on sched_switch', tool: empty('empty_switch'), company: 'nobody' },
  {
    name: 'empty ones on sched_switch and sched_waking',
    tool: empty('empty_switch', 'empty_waking'),
    company: 'nobody',
  },
  { name: 'pooldrift, in no pool, no pool active', tool: pooldrift, company: 'nobody' },
  { name: 'pooldrift, in no pool, a pool active', tool: pooldrift, company: 'ticker', pooled: 'company' },
  { name: 'pooldrift, in no pool, beside a waiter', tool: pooldrift, company: 'waiter', pooled: 'company' },
  { name: 'pooldrift, on a pool', tool: pooldrift, company: 'nobody', pooled: 'pipe' },
  { name: 'libbpf-tools runqlat', tool: runqlat, company: 'nobody' },
  { name: 'bpftrace runqlat.bt', tool: bpftrace, company: 'nobody' },
];

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
    notes: [...NOTES, ...missing()],
  };
}

const NOTES = [
  'One operation is two switches and about one wake-up. Each watched run stands between two alone; a pair whose two differ by 4 % or more is done again, three times at most.',
  'The kernel keeps no program statistics during these runs (checked after each).',
  "pooldrift's probe is opened as the daemon does: each worker's last times off the CPU are kept, for the requests.",
  'The company (a ticker, a waiter) is on the core on both sides of its pairs.',
];

function missing(): string[] {
  return SCENARIOS.flatMap(({ name, tool }) => (tool.missing ? [`Not measured: ${name}, ${tool.missing}.`] : []));
}

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
