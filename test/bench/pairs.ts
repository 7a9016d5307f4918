import { setTimeout as sleep } from 'node:timers/promises';
import { beside, type Company } from './company.ts';
import { pipeRun } from './pipe.ts';
import { programsOf, runCosts } from './programs.ts';
import type { Running, Tool } from './tools.ts';

export type Scenario = { name: string; tool: Tool; company: Company; pooled?: 'pipe' | 'company' };

/** Alone before and after, averaged, and watched in between. */
export type Pair = { alone_us: number; with_us: number; unsteady: number };

/** Where the two runs alone differ by more, something else used the core: the pair is void. */
const STEADY = 0.04;
const ATTEMPTS = 4;
const VOID_MAX = 15;

/** `perf bench sched pipe`, microseconds an operation. */
export function steadyPair(scenario: Scenario, operations: number): Promise<Pair> {
  const alone = () => pipeRun(operations);
  return steadiest(() =>
    beside(scenario.company, (company) => onePair(alone, () => watched(scenario, operations, company))),
  );
}

/** The steadiest of a few attempts, where none is steady enough. */
export async function steadiest(attempt: () => Promise<Pair | null>): Promise<Pair> {
  let best = await valid(attempt);
  for (let i = 1; i < ATTEMPTS && best.unsteady >= STEADY; i++) {
    const pair = await valid(attempt);
    if (pair.unsteady < best.unsteady) best = pair;
  }
  return best;
}

/** Waits where something else has the kernel keep its statistics: a daemon does for a second a minute. */
async function valid(attempt: () => Promise<Pair | null>): Promise<Pair> {
  for (let i = 0; i < VOID_MAX; i++) {
    const pair = await attempt();
    if (pair) return pair;
    await sleep(1000);
  }
  throw new Error("something else here keeps the kernel's BPF program statistics on");
}

/** Runs give microseconds an operation. Null: void, as the watched one is. */
export async function onePair(
  alone: () => Promise<number>,
  watched: () => Promise<number | null>,
): Promise<Pair | null> {
  const before_us = await alone();
  const with_us = await watched();
  const after_us = await alone();
  const unsteady = Math.abs(before_us / after_us - 1);
  return with_us === null ? null : { alone_us: (before_us + after_us) / 2, with_us, unsteady };
}

async function watched({ tool, pooled }: Scenario, operations: number, company: number[]): Promise<number | null> {
  const running: Running = await tool.start();
  try {
    if (pooled === 'company') company.forEach(running.adopt);
    return await undisturbed(running.pids, () => pipeRun(operations, pooled === 'pipe' ? running.adopt : undefined));
  } finally {
    await running.stop();
  }
}

/** Null: void, the kernel kept statistics of these processes' programs meanwhile, which slows every program down. */
export async function undisturbed(pids: readonly number[], run: () => Promise<number>): Promise<number | null> {
  const before = programsOf(pids);
  const us = await run();
  return runCosts(before, programsOf(pids)).size > 0 ? null : us;
}
