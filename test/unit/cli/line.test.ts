import assert from 'node:assert/strict';
import { lineOf } from '../../../src/cli/line.ts';
import { painter } from '../../../src/cli/paint.ts';

const PIECES = [
  { text: 'pooldrift', need: 2 },
  { text: '3 drifting', need: 0, tone: 'bad' },
  { text: 'node-17', need: 1 },
] as const;

describe('a line of pieces', () => {
  it('leaves out the least needed where it is too narrow, and cuts the last one', () => {
    assert.equal(lineOf(PIECES, 32), 'pooldrift   3 drifting   node-17');
    assert.equal(lineOf(PIECES, 31), '3 drifting   node-17');
    assert.equal(lineOf(PIECES, 19), '3 drifting');
    assert.equal(lineOf(PIECES, 5), '3 dr…');
    assert.equal(lineOf([], 5), '');
  });

  it('is painted a piece at a time, and lets no text move the cursor', () => {
    assert.equal(lineOf(PIECES, 12, painter(true)), '\u001b[1;31m3 drifting\u001b[0m');
    assert.equal(lineOf([{ text: 'a\u001b[2J\n', need: 0 }], 20), 'a?[2J?');
  });
});
