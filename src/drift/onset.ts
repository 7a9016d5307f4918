import { ABOVE, EXPECTED, REQUESTS, type Recent } from './recent.ts';

/** Seconds, a fraction among them, since the drift seems to have begun, at the end of the newest second. */
export type Onset = {
  agoSeconds: number;
  /** Share of the requests above Q since then. */
  share: number;
};

/**
 * The beginning that makes the counts most likely: the largest log likelihood ratio of "so many above Q since then"
 * over "as expected", among the last `searchSeconds`; then the part of the second before it, by its own excess.
 */
export function onsetOf(recent: Recent, searchSeconds: number): Onset {
  const most = Math.min(searchSeconds, recent.span);
  let [best, bestRatio] = [1, Number.NEGATIVE_INFINITY];
  for (let ago = 1; ago <= most; ago++) {
    const above = recent.sum(ABOVE, ago, 0);
    const expected = recent.sum(EXPECTED, ago, 0);
    const ratio = above > expected && expected > 0 ? above * Math.log(above / expected) - (above - expected) : 0;
    if (ratio >= bestRatio) [best, bestRatio] = [ago, ratio];
  }
  return refined(recent, best);
}

/** The first second may have drifted in part; where it has as a whole, so may a part of the one before it. */
function refined(recent: Recent, ago: number): Onset {
  const whole = Math.max(1, ago - 1);
  const share = shareAbove(recent, whole, 0);
  if (ago === whole) return { agoSeconds: ago, share };
  const first = shareOfDrift(recent, ago, whole, share);
  if (first < WHOLE) return { agoSeconds: whole + first, share };
  const before = ago < recent.span ? shareOfDrift(recent, ago + 1, ago, share) : 0;
  return { agoSeconds: ago + (before > 0 ? before : 0), share };
}

/** A second that has drifted by so much has as a whole. */
const WHOLE = 0.85;

function shareAbove(recent: Recent, from: number, to: number): number {
  const requests = recent.sum(REQUESTS, from, to);
  return requests > 0 ? recent.sum(ABOVE, from, to) / requests : 1;
}

/** How much of the excess of a drift to `share` above Q a second has, 0 .. 1. */
function shareOfDrift(recent: Recent, from: number, to: number, share: number): number {
  const expected = recent.sum(EXPECTED, from, to);
  const full = recent.sum(REQUESTS, from, to) * share - expected;
  return full > 0 ? Math.min(1, Math.max(0, (recent.sum(ABOVE, from, to) - expected) / full)) : 0;
}

/** No end of the time since the onset, up to so many seconds and this share of it, is far likelier healthy. */
const NEWEST_SECONDS = 60;
const NEWEST_SHARE = 0.75;
/** ln of how many times likelier. */
const FAR_LIKELIER = 3;
/** By so much what came after the held seconds is likelier drifted. */
const LIKELIER = 1;
/** Parts of the time since the onset: each has so much of the excess, and so has the last second. */
const PARTS = 4;
const PART_SHARE = 0.4;
const LAST_SHARE = 0.9;
/** What is missing must be more than so many standard deviations of the count. */
const DEVIATIONS = 2;

/** A second with fewer slow requests does not tell whether the drift went on to its end: another one is waited for. */
const FEW_SLOW = 30;

/** Whether a drift has lasted for more than `heldSeconds`, without a part since its onset that tells otherwise. */
export function hasLasted(recent: Recent, { agoSeconds, share }: Onset, heldSeconds: number): boolean {
  const held = recent.sum(REQUESTS, 1, 0) * share < FEW_SLOW ? heldSeconds + 1 : heldSeconds;
  if (agoSeconds < held) return false;
  if (likelihood(recent, Math.floor(agoSeconds - held) + 1, share) < LIKELIER) return false;
  const ago = Math.floor(agoSeconds);
  const newest = Math.min(NEWEST_SECONDS, NEWEST_SHARE * ago);
  for (let length = 1; length <= newest; length++) if (likelihood(recent, length, share) < -FAR_LIKELIER) return false;
  for (let part = 0; part < PARTS; part++) {
    const [from, to] = [Math.round((ago * (part + 1)) / PARTS), Math.round((ago * part) / PARTS)];
    if (from > to && falls(recent, from, to, share, PART_SHARE)) return false;
  }
  return !falls(recent, 1, 0, share, LAST_SHARE);
}

/** ln of how much likelier drifted than healthy. */
function likelihood(recent: Recent, length: number, share: number): number {
  const expected = recent.sum(EXPECTED, length, 0);
  const full = recent.sum(REQUESTS, length, 0) * share;
  if (expected <= 0) return 0;
  return recent.sum(ABOVE, length, 0) * Math.log(full / expected) - (full - expected);
}

/** Whether these seconds have clearly less than `wanted` of the excess. */
function falls(recent: Recent, from: number, to: number, share: number, wanted: number): boolean {
  const full = recent.sum(REQUESTS, from, to) * share;
  const above = recent.sum(ABOVE, from, to);
  return shareOfDrift(recent, from, to, share) < wanted && full - above > DEVIATIONS * Math.sqrt(full);
}
