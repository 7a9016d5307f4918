import assert from 'node:assert/strict';
import fc from 'fast-check';
import { phase, waitMs } from '../../../src/alerting/pace.ts';

describe('the pace of evaluations', () => {
  it('meets each interval once, though timers are early or late', () => {
    const scene = fc.record({
      startMs: fc.integer({ min: 1.7e12, max: 1.8e12 }),
      intervalMs: fc.constantFrom(1000, 5000, 7000, 300_000),
      random: fc.double({ min: 0, max: 1, noNaN: true }),
      errors: fc.array(fc.integer({ min: -2, max: 200 }), { minLength: 2, maxLength: 50 }),
    });
    fc.assert(
      fc.property(scene, ({ startMs, intervalMs, random, errors }) => {
        let nowMs = startMs;
        const met = errors.map((errorMs) => {
          nowMs += waitMs(nowMs, intervalMs, phase(random)) + errorMs;
          return Math.floor(nowMs / intervalMs);
        });
        for (let i = 1; i < met.length; i++) assert.equal(met[i], met[i - 1]! + 1);
      }),
    );
  });

  it('is not the same on all hosts', () => {
    assert.deepEqual([0, 1].map(phase), [0.25, 0.75]);
    assert.equal(waitMs(10_000, 1000, 0.25), 250);
    assert.equal(waitMs(10_249, 1000, 0.25), 1001, 'has just been');
    assert.equal(waitMs(10_250, 1000, 0.25), 1000);
  });
});
