import type { Points } from '../store/points.ts';

/** The samples lie in (afterMs, atMs]. */
export type Window = { afterMs: number; atMs: number };

/** A gap to the edge up to this many mean distances of samples counts as the usual one. */
const USUAL_GAP = 1.1;

/**
 * What the samples grew by, drawn out to the edges of the window: to the edge where a sample is near it, else by half
 * the mean distance; for counters no further than where they would have been 0. Undefined below two samples.
 */
export function growth({ timesMs, values, length }: Points, window: Window, counter: boolean): number | undefined {
  if (length < 2) return undefined;
  let grown = values[length - 1]! - values[0]!;
  if (counter) for (let i = 1; i < length; i++) if (values[i]! < values[i - 1]!) grown += values[i - 1]!;
  const sampled = (timesMs[length - 1]! - timesMs[0]!) / 1000;
  const distance = sampled / (length - 1);
  const toEdge = (seconds: number) => (seconds >= distance * USUAL_GAP ? distance / 2 : seconds);
  const toEnd = toEdge((window.atMs - timesMs[length - 1]!) / 1000);
  let toStart = toEdge((timesMs[0]! - window.afterMs) / 1000);
  if (counter && grown > 0 && values[0]! >= 0) toStart = Math.min(toStart, sampled * (values[0]! / grown));
  return grown * ((sampled + toStart + toEnd) / sampled);
}
