/** Where in an interval the daemon evaluates: off the edges, where a timer that is a little late would miss one. */
const EARLIEST = 0.25;
const SPREAD = 0.5;

/** `random`: 0 to 1, so that not all hosts send at once. A share of the interval. */
export function phase(random: number): number {
  return EARLIEST + SPREAD * random;
}

/** A timer may be early: a moment so near, as a share of the interval, has just been. */
const NEAR = 0.1;

/** How long to wait for the next moment at this phase of an interval, by the wall clock. */
export function waitMs(nowMs: number, intervalMs: number, at: number): number {
  const offsetMs = at * intervalMs;
  const into = (((nowMs - offsetMs) % intervalMs) + intervalMs) % intervalMs;
  const restMs = intervalMs - into;
  return restMs < NEAR * intervalMs ? restMs + intervalMs : restMs;
}
