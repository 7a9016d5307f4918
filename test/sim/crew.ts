import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { hoursOf, type Job } from './jobs.ts';
import type { Kept, Store } from './store.ts';

const WORKER = join(import.meta.dirname, 'worker.ts');
const TOLD_EVERY_MS = 30_000;

/** Performs what the store does not hold yet, in worker processes at the lowest priority. All of it, in order. */
export async function performAll(jobs: readonly Job[], store: Store, workers: number): Promise<Kept[]> {
  const left = jobs.filter((job) => !store.get(job)).reverse();
  const progress = new Progress(left);
  const shifts = Array.from({ length: Math.min(workers, left.length) }, () => shift(left, store, progress));
  try {
    await Promise.all(shifts.map(({ over }) => over));
  } finally {
    for (const { child } of shifts) child.kill();
  }
  return jobs.map((job) => store.get(job)!);
}

type Shift = { child: ChildProcess; over: Promise<void> };

function shift(left: Job[], store: Store, progress: Progress): Shift {
  const child = fork(WORKER, { execArgv: ['--disable-warning=ExperimentalWarning'] });
  const over = new Promise<void>((resolve, reject) => {
    const next = () => {
      const job = left.pop();
      if (job) child.send(job);
      else resolve();
    };
    child.on('message', (kept: Kept) => {
      store.add(kept);
      progress.add(kept.done.job);
      next();
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(new Error(`a worker of the simulator ended (${signal ?? code})`)));
    next();
  });
  return { child, over };
}

/** A line every half minute. */
class Progress {
  readonly #begunMs = Date.now();
  readonly #hours: number;
  #toldMs = Date.now();
  #done = 0;

  constructor(jobs: readonly Job[]) {
    this.#hours = jobs.reduce((sum, job) => sum + hoursOf(job), 0);
  }

  add(job: Job): void {
    this.#done += hoursOf(job);
    const nowMs = Date.now();
    if (nowMs - this.#toldMs < TOLD_EVERY_MS) return;
    this.#toldMs = nowMs;
    const share = this.#done / this.#hours;
    const leftMinutes = ((nowMs - this.#begunMs) * (1 / share - 1)) / 60_000;
    const percent = (100 * share).toFixed(0);
    console.log(
      `simulated ${Math.round(this.#done)} of ${Math.round(this.#hours)} h (${percent} %), ${leftMinutes.toFixed(0)} min left`,
    );
  }
}
