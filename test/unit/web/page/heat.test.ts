import assert from 'node:assert/strict';
import { decades, type Heat, heatColumns, heatRange } from '../../../../src/web/page/heat.ts';

const made = (x: number[], levels: Heat['levels']): Heat => ({ x, stepSeconds: 4, levels, colour: 'red' });

describe('page: heat map', () => {
  it('draws a step from the end of the one before, also after a gap', () => {
    const columns = heatColumns(made([100, 104, 108.5, 140], [[1], [2], null, [3]]), (s) => s * 2);
    assert.deepEqual(columns, [
      { left: 192, right: 200, levels: [1] },
      { left: 200, right: 208, levels: [2] },
      { left: 272, right: 280, levels: [3] },
    ]);
  });

  it('shows the most of each length where steps share a pixel', () => {
    const levels = [[9, 0, 1], [0, 5], [1]];
    const columns = heatColumns(made([4, 8, 12], levels), (s) => s / 100);
    assert.deepEqual(columns, [{ left: 0, right: 1, levels: [9, 5, 1] }]);
  });

  it('reaches from below a microsecond to the longest wait, a millisecond at least', () => {
    assert.deepEqual(heatRange(made([1], [null])), [5e-7, 1e-3]);
    assert.deepEqual(heatRange(made([1], [[1]])), [5e-7, 1e-3]);
    const tenMs = [...Array(12).fill(0), 3];
    assert.deepEqual(heatRange(made([1, 5], [tenMs, [1]])), [5e-7, 1e-2]);
    assert.equal(heatRange(made([1], [[...Array(24).fill(0), 1]]))[1], 100, 'beyond the last bound');
  });

  it('marks each power of ten', () => {
    assert.deepEqual(
      decades(5e-7, 1e-2).map((seconds) => seconds.toExponential(0)),
      ['1e-6', '1e-5', '1e-4', '1e-3', '1e-2'],
    );
  });
});
