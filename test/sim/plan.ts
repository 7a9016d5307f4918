import type { DelayJob, HealthyJob, Job, SpellJob } from './jobs.ts';
import { SHAPES } from './shapes.ts';

/**
 * What is published is made with this seed and those after it, which tuned nothing. Those below it are for tuning; the
 * ones from 1,000,000 on scored earlier detectors, whose misses led to this one.
 */
export const SCORING_SEED = 3_000_000;
export const RATES: readonly number[] = [1000, 100, 10, 1];
export const FACTORS: readonly number[] = [1.25, 1.5, 2, 3];
export const HOUR_SECONDS = 3600;
/** Just armed. */
export const YOUNG_SECONDS = 330;
const RUN_HOURS = 100;
const TRIALS_A_JOB = 50;
export const BLIP_SECONDS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9];
export const BLIP_FACTORS: readonly number[] = [2, 5];
export const DRIFT_SECONDS = 1800;
export const DRIFT_FACTORS: readonly number[] = [1.5, 2];

export type Size = {
  shapes: readonly string[];
  rates: readonly number[];
  seed: number;
  /** Healthy pool-hours a shape at this rate; whole runs of 100 h. */
  hours: (rate: number) => number;
  delayTrials: number;
  spellTrials: number;
};

export const LONG: Size = {
  shapes: SHAPES.map(({ name }) => name),
  rates: RATES,
  seed: SCORING_SEED,
  hours: (rate) => (rate >= 100 ? 20_000 : 2000),
  delayTrials: 300,
  spellTrials: 20,
};

export function plan(size: Size): Job[] {
  const places = size.rates.flatMap((rate) => size.shapes.map((shape) => ({ shape, rate })));
  return places.flatMap((place) => [
    ...healthy(size, place),
    ...delays(size, place),
    ...blips(size, place),
    ...drifts(size, place),
  ]);
}

type Place = { shape: string; rate: number };

function healthy({ seed, hours }: Size, place: Place): HealthyJob[] {
  const runs = Math.ceil(hours(place.rate) / RUN_HOURS);
  return Array.from({ length: runs }, (_, i) => ({ kind: 'healthy', ...place, hours: RUN_HOURS, seed: seed + i }));
}

function delays({ seed, delayTrials }: Size, place: Place): DelayJob[] {
  const lengths = [HOUR_SECONDS, YOUNG_SECONDS];
  return lengths.flatMap((healthySeconds) =>
    FACTORS.flatMap((factor) =>
      Array.from({ length: Math.ceil(delayTrials / TRIALS_A_JOB) }, (_, i) => {
        const trials = Math.min(TRIALS_A_JOB, delayTrials - i * TRIALS_A_JOB);
        return { kind: 'delay', ...place, factor, healthySeconds, seed: seed + i * TRIALS_A_JOB, trials };
      }),
    ),
  );
}

function blips(size: Size, place: Place): SpellJob[] {
  const afterSeconds = 600;
  return BLIP_FACTORS.flatMap((factor) =>
    BLIP_SECONDS.flatMap((seconds) => spells(size, place, { factor, seconds, afterSeconds })),
  );
}

function drifts(size: Size, place: Place): SpellJob[] {
  const [seconds, afterSeconds] = [DRIFT_SECONDS, HOUR_SECONDS];
  return DRIFT_FACTORS.flatMap((factor) => spells(size, place, { factor, seconds, afterSeconds }));
}

function spells(
  { seed, spellTrials }: Size,
  place: Place,
  times: { factor: number; seconds: number; afterSeconds: number },
): SpellJob[] {
  if (spellTrials === 0) return [];
  return [{ kind: 'spell', ...place, ...times, healthySeconds: HOUR_SECONDS, seed, trials: spellTrials }];
}
