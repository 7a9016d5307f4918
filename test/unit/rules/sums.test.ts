import assert from 'node:assert/strict';
import { meanOf } from '../../../src/rules/promql/sums.ts';

describe('a mean', () => {
  it('of equal numbers is that number, so that a threshold next to it is not crossed', () => {
    for (let tenths = 1; tenths < 200; tenths++)
      for (let count = 1; count < 100; count++)
        assert.equal(meanOf(new Float64Array(count).fill(tenths / 10)), tenths / 10, `${count} of ${tenths / 10}`);
  });

  it('of numbers whose sum is too large is moved step by step', () =>
    assert.equal(meanOf(new Float64Array(4).fill(1e308)), 1e308));
});
