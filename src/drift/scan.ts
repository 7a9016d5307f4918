import { SHORT_EFFECTS } from './ladder.ts';
import { upperTail } from './negative_binomial.ts';
import type { Scale } from './norm.ts';
import { ABOVE, EFFECT, EXPECTED, REQUESTS, type Recent } from './recent.ts';

/** The effect: one request in a hundred lies beyond it, and so many at least. */
const EFFECT_SHARE = 0.01;
const EFFECT_MIN = 2;
const ABOVE_MIN = 3;
/** What each half and each quarter must show of it. */
const HALF_SHARE = 0.0095;
const QUARTER_SHARE = 0.007;
const QUARTER_SLACK = 0.1;
const QUARTERS_FROM_SECONDS = 20;
/** Below so many expected a count's own chance is larger than the course of any level, and significance covers it. */
const FEW_EXPECTED = 6;
/** A short window with so many expected need not be: its effect is far away already. */
const MANY_EXPECTED = 30;
const SHORT_SECONDS = 20;

/** Long windows change slowly: they are looked at so often a length. */
const LOOKS_A_LENGTH = 100;

/**
 * The longest window that shows a drift for certain, by its place in `scales`; -1 where none does. `all`: also those
 * whose turn it is not in this second.
 */
export function longestSignificant(recent: Recent, scales: readonly Scale[], all: boolean): number {
  for (let i = scales.length - 1; i >= 0; i--) {
    const scale = scales[i]!;
    const turn = all || scale.seconds < 2 * LOOKS_A_LENGTH || recent.now % (scale.seconds / LOOKS_A_LENGTH) === 0;
    if (turn && isSignificant(recent, scale, i)) return i;
  }
  return -1;
}

/** The shortest one. */
export function shortestSignificant(recent: Recent, scales: readonly Scale[]): number {
  for (let i = 0; i < scales.length; i++) if (isSignificant(recent, scales[i]!, i)) return i;
  return -1;
}

function isSignificant(recent: Recent, scale: Scale, index: number): boolean {
  const { seconds } = scale;
  if (seconds > recent.span) return false;
  const effect = effectSum(recent, index, seconds, 0);
  if (effect < EFFECT_MIN || effect < EFFECT_SHARE * recent.sum(REQUESTS, seconds, 0)) return false;
  return lasts(recent, index, seconds) && isBeyond(recent, scale);
}

function effectSum(recent: Recent, index: number, fromAgo: number, toAgo: number): number {
  return index < SHORT_EFFECTS.length ? recent.shortSum(index, fromAgo, toAgo) : recent.sum(EFFECT, fromAgo, toAgo);
}

/** No part of the window is without the effect. */
function lasts(recent: Recent, index: number, seconds: number): boolean {
  const half = seconds >> 1;
  if (!halfShows(recent, index, half, 0) || !halfShows(recent, index, seconds, half)) return false;
  if (seconds < QUARTERS_FROM_SECONDS) return true;
  for (let quarter = 0; quarter < 4; quarter++) {
    const from = Math.round((seconds * (quarter + 1)) / 4);
    const to = Math.round((seconds * quarter) / 4);
    const requests = recent.sum(REQUESTS, from, to);
    const wanted = QUARTER_SHARE * requests - QUARTER_SLACK * Math.sqrt(requests);
    if (effectSum(recent, index, from, to) < wanted) return false;
  }
  return true;
}

function halfShows(recent: Recent, index: number, from: number, to: number): boolean {
  const wanted = Math.max(1, HALF_SHARE * recent.sum(REQUESTS, from, to));
  return effectSum(recent, index, from, to) >= wanted;
}

/** Beyond the pool's own extremes, and beyond chance. */
function isBeyond(recent: Recent, { seconds, dispersion, extreme, chance }: Scale): boolean {
  const above = recent.sum(ABOVE, seconds, 0);
  if (above < ABOVE_MIN) return false;
  const expected = recent.sum(EXPECTED, seconds, 0);
  const asked = expected >= FEW_EXPECTED && (seconds >= SHORT_SECONDS || expected < MANY_EXPECTED);
  if (asked && lesserLogRatio(recent, seconds) < extreme) return false;
  return upperTail(Math.floor(above), expected, dispersion) <= chance;
}

function lesserLogRatio(recent: Recent, seconds: number): number {
  const half = seconds >> 1;
  return Math.log(Math.min(ratio(recent, half, 0), ratio(recent, seconds, half)));
}

function ratio(recent: Recent, from: number, to: number): number {
  return (recent.sum(ABOVE, from, to) + 0.5) / (recent.sum(EXPECTED, from, to) + 0.5);
}
