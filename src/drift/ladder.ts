/** Seconds of a year of 365.25 days: the budget is in alarms a pool-year. */
export const YEAR_SECONDS = 31_557_600;

/** The share of requests beyond a P99. */
export const TAIL_SHARE = 0.01;

/** Lengths over which the scan looks back, seconds, ascending. */
export const LADDER: readonly number[] = [5, 10, 20, 50, 100, 200, 300, 900, 1800];

/**
 * By how many times (ratio_min - 1) a request must lie above the baseline's P99 to count for the effect: the shortest
 * windows ask for more. At a ratio_min of 1.2 these are 1.6, 1.45, 1.35, and 1.2 for all longer windows.
 */
export const SHORT_EFFECTS: readonly number[] = [3, 2.25, 1.75];

/** A baseline of less has seen too few spells of noise: all short windows ask for the largest of these. */
export const SHORT_KNOWN_SECONDS = 1800;

/** Where an episode ends: half the way back. At a ratio_min of 1.2: 1.1. */
export const CALM_EFFECT = 0.5;
