import { setTimeout as sleep } from 'node:timers/promises';

const PER_TRY = 100_000;

type Step = { kind: string; us: number; every: number; requests: number };

let loopsPerUs = 0;
let steps: Step[] = [];

function spin(loops: number): number {
  let sum = 0;
  for (let i = 0; i < loops; i++) sum ^= i;
  return sum;
}

/** The fastest of many tries: compiled, and interrupted by nothing. */
function calibrate(): void {
  for (let i = 0; i < 100; i++) {
    const start = performance.now();
    spin(PER_TRY);
    loopsPerUs = Math.max(loopsPerUs, PER_TRY / ((performance.now() - start) * 1000));
  }
}

/** What is done for each request from now on: `cpu=US` and `sleep=US` (whole ms), each with `%N`: every Nth only. */
export function useSteps(words: readonly string[]): void {
  if (loopsPerUs === 0) calibrate();
  steps = words.map((word) => {
    const [, kind, us, every] = /^(cpu|sleep)=(\d+)(?:%(\d+))?$/.exec(word) ?? [];
    if (!kind) throw new Error(`no step: ${word}`);
    return { kind, us: Number(us), every: Number(every ?? 1), requests: 0 };
  });
}

/** Does them for one request. */
export async function answers(): Promise<void> {
  for (const step of steps) {
    if (++step.requests % step.every !== 0) continue;
    if (step.kind === 'cpu') spin(step.us * loopsPerUs);
    else await sleep(step.us / 1000);
  }
}
