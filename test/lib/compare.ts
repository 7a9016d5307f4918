import assert from 'node:assert/strict';

/** Fails unless `actual` is within a share of `expected`; `slack` allows for the moments between two reads, in the same unit. */
export function within(actual: number, expected: number, share: number, what: string, slack = 0): void {
  const error = Math.abs(actual - expected);
  const percent = ((100 * (actual - expected)) / expected).toFixed(3);
  assert.ok(
    error <= share * Math.abs(expected) + slack,
    `${what}: ${actual}, but ${expected} is true (${percent} %, ${share * 100} % allowed)`,
  );
}
