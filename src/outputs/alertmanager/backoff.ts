const FIRST_MS = 500;
/** An Alertmanager that is back hears of all within it. */
export const BACKOFF_MAX_MS = 15_000;

/**
 * How long to wait after so many failures in a row (1 is the first): twice as long each time, and of that a random part
 * between half and all, so that daemons that lost one Alertmanager together do not come back together.
 * `random`: 0 to 1.
 */
export function backoffMs(failures: number, random: number): number {
  const fullMs = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 30), BACKOFF_MAX_MS);
  return fullMs * (0.5 + random / 2);
}
