import { CLASSIC_BOUNDS_NS, cumulative } from './histogram.ts';

/**
 * How often waits of each length ended over some seconds, for a heat map: by CLASSIC_BOUNDS_NS, the last one beyond
 * them. Whole numbers of 0 .. 255: LEVELS_AN_OCTAVE x log2(1 + waits a second), rounded up. Zeros at the end are left out.
 */
export type WaitLevels = readonly number[];

export const WAIT_LENGTHS = CLASSIC_BOUNDS_NS.length + 1;
const LEVELS_AN_OCTAVE = 10;
const LEVEL_MAX = 255;

/** Counts of full resolution at two times; null where the later ones are not of the same counter. */
export function waitLevels(before: ArrayLike<number>, now: ArrayLike<number>, seconds: number): WaitLevels | null {
  const [was, is] = [cumulative(before), cumulative(now)];
  const gained = is.map((count, i) => count - was[i]! - (i === 0 ? 0 : is[i - 1]! - was[i - 1]!));
  if (seconds <= 0 || gained.some((count) => count < 0)) return null;
  const levels = gained.map((count) => levelOf(count / seconds));
  return levels.slice(0, levels.findLastIndex((level) => level > 0) + 1);
}

function levelOf(perSecond: number): number {
  return Math.min(LEVEL_MAX, Math.ceil(LEVELS_AN_OCTAVE * Math.log2(1 + perSecond)));
}
