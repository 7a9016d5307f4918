import assert from 'node:assert/strict';
import type { Reading } from '../../../../src/metrics/reading.ts';
import { WaitSteps } from '../../../../src/web/live/wait_steps.ts';
import { reading, sampleAfter } from '../../metrics/fixture.ts';

/** The first pool after so many seconds; the other one has no process. */
function later(seconds: number): Reading {
  const [first, other] = reading().pools;
  return {
    ...reading(),
    pools: [
      { ...first!, sample: sampleAfter(seconds) },
      { ...other!, sample: null },
    ],
  };
}

describe('steps of waits', () => {
  it('tell of each pool what came since the step before', () => {
    const steps = new WaitSteps();
    steps.step(later(10));
    assert.equal(steps.newest.size, 0, 'nothing to compare with');
    steps.step(later(14));
    const levels = steps.newest.get('checkout')!;
    assert.deepEqual([levels[0], levels[5]], [35, 64], '10 and 80 waits a second');
    assert.equal(steps.newest.size, 1);
  });

  it('know nothing of a pool that began anew', () => {
    const steps = new WaitSteps();
    for (const seconds of [10, 14, 2]) steps.step(later(seconds));
    assert.equal(steps.newest.size, 0);
    steps.step(later(6));
    assert.equal(steps.newest.size, 1);
  });
});
