import assert from 'node:assert/strict';
import { median, medianInterval } from '../../bench/stats.ts';

const DRAWS = 4000;

/** Uniform on [0, 1), the same each time. */
function numbers(): () => number {
  let seed = 1;
  return () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
}

describe('figures of the benchmarks', () => {
  it('nine values: the second and the last but one; few: all', () => {
    assert.deepEqual(medianInterval([9, 1, 8, 2, 7, 3, 6, 4, 5]), { low: 2, high: 8 });
    assert.deepEqual(medianInterval([3, 1, 2]), { low: 1, high: 3 });
    assert.deepEqual(medianInterval([4]), { low: 4, high: 4 });
    assert.throws(() => medianInterval([]), RangeError);
  });

  for (const count of [6, 9, 12, 25]) {
    it(`the interval of ${count} values misses the median in at most 5 % of all samples, and not much less`, () => {
      const next = numbers();
      let missed = 0;
      for (let draw = 0; draw < DRAWS; draw++) {
        const values = Array.from({ length: count }, () => next() ** 3);
        const { low, high } = medianInterval(values);
        assert.ok(low <= median(values) && median(values) <= high);
        if (low > 0.5 ** 3 || high < 0.5 ** 3) missed++;
      }
      assert.ok(missed / DRAWS < 0.06 && missed / DRAWS > 0.01, `missed ${missed} of ${DRAWS}`);
    });
  }
});
