import assert from 'node:assert/strict';
import { WallClock } from '../../../src/alerting/wall_clock.ts';

describe('the wall clock', () => {
  it('is noticed where it is set far ahead or back, once, and not where it drifts', () => {
    const clock = new WallClock(5000, 1_000_000, 0);
    const steps = [
      [1_005_000, 5000],
      [1_069_000, 10_000],
      [1_072_500, 15_000],
      [4_617_500, 20_000],
      [4_622_500, 25_000],
      [1_027_500, 30_000],
      [1_029_000, 35_000],
      [1_031_499.6, 40_000],
    ] as const;
    assert.deepEqual(
      steps.map(([wallMs, monotonicMs]) => clock.step(wallMs, monotonicMs)),
      [0, 0, 0, 3_597_500, 0, -3_600_000, -3500, -2500],
    );
  });
});
