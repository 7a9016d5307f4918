import assert from 'node:assert/strict';
import { bucketIndex, WAIT_BUCKETS } from '../../../src/windows/histogram.ts';
import { WAIT_LENGTHS, waitLevels } from '../../../src/windows/wait_levels.ts';

/** `waits`: how many of each length in nanoseconds. */
function counts(waits: Record<number, number>): Float64Array {
  const all = new Float64Array(WAIT_BUCKETS);
  for (const [ns, many] of Object.entries(waits)) all[bucketIndex(Number(ns))]! += many;
  return all;
}

describe('levels of waits', () => {
  it('are ten an octave of waits a second, by the bounds of the exported histogram', () => {
    const before = counts({ 900: 5, 40000: 100 });
    const now = counts({ 900: 5, 40000: 100 + 4 * 7, 1500000: 4 * 1 });
    const levels = waitLevels(before, now, 4)!;
    assert.equal(levels[5], 30, '7 a second up to 50 us: log2(8) octaves');
    assert.equal(levels[10], 10, '1 a second up to 2 ms');
    assert.deepEqual([levels.length, levels.filter((level) => level > 0).length], [11, 2]);
  });

  it('tell one wait in a long step from none', () => {
    assert.deepEqual(waitLevels(counts({}), counts({ 900: 1 }), 100), [1]);
    assert.deepEqual(waitLevels(counts({ 900: 1 }), counts({ 900: 1 }), 100), []);
  });

  it('hold what is beyond the last bound, and end at 255', () => {
    const levels = waitLevels(counts({}), counts({ 60e9: 1e12 }), 1)!;
    assert.deepEqual([levels.length, levels.at(-1)], [WAIT_LENGTHS, 255]);
  });

  it('are not known where the counter began anew, or no time went by', () => {
    assert.equal(waitLevels(counts({ 900: 2, 5000: 1 }), counts({ 900: 9 }), 4), null);
    assert.equal(waitLevels(counts({}), counts({ 900: 9 }), 0), null);
  });
});
