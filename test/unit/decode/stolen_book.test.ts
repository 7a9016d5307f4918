import assert from 'node:assert/strict';
import fc from 'fast-check';
import { StolenBook } from '../../../src/decode/stolen_book.ts';
import { OTHER_KEY } from '../../../src/decode/thief_tables.ts';

const SECOND = 1e9;

describe('the book of stolen time', () => {
  it('adds up by key', () => {
    const book = new StolenBook();
    book.add(
      new Map([
        [7, 10],
        [8, 5],
      ]),
      SECOND,
    );
    book.add(new Map([[7, 1]]), 2 * SECOND);
    assert.deepEqual(
      book.sums(),
      new Map([
        [7, 11],
        [8, 5],
      ]),
    );
  });

  it('a thief of a minute ago is folded into others, and begins anew', () => {
    const book = new StolenBook();
    book.add(
      new Map([
        [7, 10],
        [OTHER_KEY, 3],
      ]),
      SECOND,
    );
    book.add(new Map([[8, 1]]), 61 * SECOND);
    assert.deepEqual(
      book.sums(),
      new Map([
        [7, 10],
        [OTHER_KEY, 3],
        [8, 1],
      ]),
      'a minute is not more than a minute',
    );
    book.add(new Map([[OTHER_KEY, 2]]), 62 * SECOND);
    assert.deepEqual(
      book.sums(),
      new Map([
        [8, 1],
        [OTHER_KEY, 15],
      ]),
    );
    book.add(new Map([[7, 4]]), 63 * SECOND);
    assert.deepEqual(
      book.sums(),
      new Map([
        [8, 1],
        [OTHER_KEY, 15],
        [7, 4],
      ]),
    );
  });

  it('gives copies', () => {
    const book = new StolenBook();
    book.add(new Map([[7, 10]]), SECOND);
    book.sums().set(7, 0);
    assert.equal(book.sums().get(7), 10);
  });

  it('any thieves, any pauses: the sum is what was stolen, and a minute later only the last are left', () => {
    const gain = fc.record({ key: fc.nat(50), ns: fc.integer({ min: 1, max: 1e9 }), pauseNs: fc.nat(40 * SECOND) });
    fc.assert(
      fc.property(fc.array(gain), (gains) => {
        const book = new StolenBook();
        let [now, total] = [0, 0];
        for (const { key, ns, pauseNs } of gains) {
          now += pauseNs;
          total += ns;
          book.add(new Map([[key, ns]]), now);
          assert.equal(
            [...book.sums().values()].reduce((sum, each) => sum + each, 0),
            total,
          );
        }
        book.add(new Map([[99, 1]]), now + 61 * SECOND);
        assert.deepEqual(book.sums(), new Map([[99, 1], ...(total > 0 ? [[OTHER_KEY, total] as const] : [])]));
      }),
    );
  });
});
