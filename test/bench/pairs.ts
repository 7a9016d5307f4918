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

/** The steadiest of a few attempts, where none is steady enough. */
export async function steadyPair(scenario: Scenario, operations: number): Promise<Pair> {
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
