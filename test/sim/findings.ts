import type { Told } from './delay.ts';
import { type Alarm, BORNE_OUT } from './false_alarms.ts';
import type { Done, Job } from './jobs.ts';
import { poissonBound, ranked, YEAR_HOURS } from './stats.ts';
import type { Kept } from './store.ts';

/** Results of one kind of job that belong together. */
type Of<Kind extends Job['kind']> = Extract<Done, { job: { kind: Kind } }>;

export function of<Kind extends Job['kind']>(
  kept: readonly Kept[],
  kind: Kind,
  where: Partial<Extract<Job, { kind: Kind }>>,
): Of<Kind>[] {
  const fits = (job: Job) => Object.entries(where).every(([name, value]) => job[name as keyof Job] === value);
  return kept.map(({ done }) => done).filter((done): done is Of<Kind> => done.job.kind === kind && fits(done.job));
}

export type Alarms = {
  hours: number;
  /** All of them; those that the true level bears out; on a young baseline. */
  raw: number;
  borne: number;
  young: number;
  /** Not borne out, a pool-year: as counted, and the 95 % upper bound. */
  aYear: number;
  aYearMax: number;
  /** Share of the time in an episode. */
  drifting: number;
};

export function alarmsOf(runs: readonly Of<'healthy'>[]): Alarms {
  const hours = runs.reduce((sum, { job }) => sum + job.hours, 0);
  const alarms: Alarm[] = runs.flatMap(({ result }) => result.alarms);
  const borne = alarms.filter((each) => each.trueRatio >= BORNE_OUT).length;
  const unborne = alarms.length - borne;
  const drifting = runs.reduce((sum, { result }) => sum + result.drifting, 0) / (hours * 3600);
  const young = alarms.filter((each) => each.young).length;
  const [aYear, aYearMax] = [unborne, poissonBound(unborne)].map((count) => (count * YEAR_HOURS) / hours) as [
    number,
    number,
  ];
  return { hours, raw: alarms.length, borne, young, aYear, aYearMax, drifting };
}

export type Delays = { trials: number; median: number; p95: number; missed: number };

/** Null: no trial without an episode at its onset. Infinity: not found. */
export function delaysOf(runs: readonly Of<'delay'>[]): Delays | null {
  const seconds = runs.flatMap(({ result }) => result).filter((each) => each !== null);
  if (seconds.length === 0) return null;
  const values = seconds.map((each) => (each < 0 ? Number.POSITIVE_INFINITY : each));
  const missed = values.filter((each) => each === Number.POSITIVE_INFINITY).length / values.length;
  return { trials: values.length, median: ranked(values, 0.5), p95: ranked(values, 0.95), missed };
}

export type Spells = {
  trials: number;
  /** Trials by number of episodes: none, one, more. */
  none: number;
  one: number;
  more: number;
  /** Absolute error of the told onset, and the end after the true one; seconds; of trials that have them. */
  sinceOff: { median: number; p95: number } | null;
  endLate: { median: number; p95: number } | null;
};

export function spellsOf(runs: readonly Of<'spell'>[]): Spells {
  const told = runs.flatMap(({ result }) => result).filter((each): each is Told => each !== null);
  const count = (fits: (episodes: number) => boolean) => told.filter(({ episodes }) => fits(episodes)).length;
  const spread = (values: number[]) =>
    values.length === 0 ? null : { median: ranked(values, 0.5), p95: ranked(values, 0.95) };
  return {
    trials: told.length,
    none: count((episodes) => episodes === 0),
    one: count((episodes) => episodes === 1),
    more: count((episodes) => episodes > 1),
    sinceOff: spread(told.flatMap(({ sinceLateSeconds: late }) => (late === null ? [] : [Math.abs(late)]))),
    endLate: spread(told.flatMap(({ endLateSeconds: late }) => (late === null ? [] : [late]))),
  };
}
