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

/** The first second may have drifted in part, and so may the one before it: their excess over a whole second's tells. */
function refined(recent: Recent, ago: number): Onset {
  const whole = Math.max(1, ago - 1);
  const requests = recent.sum(REQUESTS, whole, 0);
  const excess = recent.sum(ABOVE, whole, 0) - recent.sum(EXPECTED, whole, 0);
  const share = requests > 0 ? recent.sum(ABOVE, whole, 0) / requests : 1;
  if (ago === whole || excess <= 0) return { agoSeconds: ago, share };
  const edge = Math.min(ago + 1, recent.span);
  const edgeExcess = recent.sum(ABOVE, edge, whole) - recent.sum(EXPECTED, edge, whole);
  const part = Math.min(edge - whole, Math.max(0, (edgeExcess * whole) / excess));
  return { agoSeconds: whole + part, share };
}

/** Requests above Q that are enough to tell whether a drift still holds. */
const ENOUGH = 8;
/** The last of them show this much of the excess at least. */
const STILL = 0.6;

/** Whether the newest seconds, as many as tell, are as slow as those since the onset. */
export function stillHolds(recent: Recent, { agoSeconds, share }: Onset): boolean {
  const most = Math.max(1, Math.floor(agoSeconds / 2));
  let length = 1;
  while (length < most && recent.sum(REQUESTS, length, 0) * share < ENOUGH) length++;
  const expected = recent.sum(EXPECTED, length, 0);
  const full = recent.sum(REQUESTS, length, 0) * share - expected;
  return full > 0 && recent.sum(ABOVE, length, 0) - expected >= STILL * full;
}
