import { delay, spell, type Told } from './delay.ts';
import { type HealthyRun, healthyRun } from './false_alarms.ts';
import { shapeOf } from './shapes.ts';

/** A pool that is healthy for so long, by one seed. */
export type HealthyJob = { kind: 'healthy'; shape: string; rate: number; hours: number; seed: number };

type Drift = { shape: string; rate: number; factor: number; healthySeconds: number; seed: number; trials: number };
/** A step that stays; the seeds are `seed` and those after it. */
export type DelayJob = Drift & { kind: 'delay' };
/** One that lasts `seconds`, and the `afterSeconds` after it. */
export type SpellJob = Drift & { kind: 'spell'; seconds: number; afterSeconds: number };

export type Job = HealthyJob | DelayJob | SpellJob;

export type Done =
  | { job: HealthyJob; result: HealthyRun }
  /** Seconds; -1: not found; null: an episode was open already. */
  | { job: DelayJob; result: (number | null)[] }
  | { job: SpellJob; result: (Told | null)[] };

export function perform(job: Job): Done {
  const shape = shapeOf(job.shape);
  if (job.kind === 'healthy')
    return { job, result: healthyRun({ shape, rate: job.rate, seconds: job.hours * 3600 }, job.seed) };
  const seeds = Array.from({ length: job.trials }, (_, i) => job.seed + i);
  if (job.kind === 'spell') return { job, result: seeds.map((seed) => spell({ ...job, shape }, seed)) };
  return { job, result: seeds.map((seed) => written(delay({ ...job, shape }, seed))) };
}

/** JSON has no Infinity. */
function written(seconds: number | null): number | null {
  return seconds === Number.POSITIVE_INFINITY ? -1 : seconds;
}

/** Simulated pool-hours of a job, about. */
export function hoursOf(job: Job): number {
  if (job.kind === 'healthy') return job.hours;
  const after = job.kind === 'spell' ? job.seconds + job.afterSeconds : 60;
  return (job.trials * (job.healthySeconds + after)) / 3600;
}
