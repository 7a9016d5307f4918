import type { Points } from '../store/points.ts';
import { growth, type Window } from './extrapolate.ts';
import { meanOf, pick, quantileOf, sumOf, varianceOf } from './sums.ts';

/** Of one series; undefined: it has no result. There is at least one sample. */
export type OverTime = (points: Points, window: Window, parameter: number) => number | undefined;

export const OVER_TIME: Readonly<Record<string, OverTime>> = {
  rate: (points, window) => {
    const grown = growth(points, window, true);
    return grown === undefined ? undefined : grown / ((window.atMs - window.afterMs) / 1000);
  },
  increase: (points, window) => growth(points, window, true),
  delta: (points, window) => growth(points, window, false),
  irate: (points) => lastStep(points, true),
  idelta: (points) => lastStep(points, false),
  changes: (points) =>
    countSteps(points, (before, now) => now !== before && !(Number.isNaN(now) && Number.isNaN(before))),
  resets: (points) => countSteps(points, (before, now) => now < before),
  avg_over_time: ({ values, length }) => meanOf(values, length),
  min_over_time: ({ values, length }) => pick(values, length, (a, b) => a < b),
  max_over_time: ({ values, length }) => pick(values, length, (a, b) => a > b),
  sum_over_time: ({ values, length }) => sumOf(values, length),
  count_over_time: ({ length }) => length,
  last_over_time: ({ values, length }) => values[length - 1],
  present_over_time: () => 1,
  stddev_over_time: ({ values, length }) => Math.sqrt(varianceOf(values, length)),
  stdvar_over_time: ({ values, length }) => varianceOf(values, length),
  quantile_over_time: ({ values, length }, _, q) => quantileOf(q, values, length),
};

/** The one function over a range that keeps the name of the metric. */
export const KEEPS_NAME = 'last_over_time';

function lastStep({ timesMs, values, length }: Points, counter: boolean): number | undefined {
  if (length < 2) return undefined;
  const [before, now] = [values[length - 2]!, values[length - 1]!];
  const step = counter && now < before ? now : now - before;
  return counter ? step / ((timesMs[length - 1]! - timesMs[length - 2]!) / 1000) : step;
}

function countSteps({ values, length }: Points, counts: (before: number, now: number) => boolean): number {
  let steps = 0;
  for (let i = 1; i < length; i++) if (counts(values[i - 1]!, values[i]!)) steps++;
  return steps;
}
