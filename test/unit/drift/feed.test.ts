import assert from 'node:assert/strict';
import { Feed } from '../../../src/drift/feed.ts';

const at = (atNs: number, ...counts: number[]) => ({ atNs, counts: Float64Array.from(counts) });

describe('Feed', () => {
  it('says what was counted since the last call', () => {
    const feed = new Feed(5);
    assert.equal(feed.next(at(1, 9, 9, 9, 9, 9)), null);
    const second = feed.next(at(2, 9, 11, 9, 12, 9));
    assert.deepEqual(second, { atNs: 2, requests: 5, tail: { low: 1, values: Uint32Array.of(2, 0, 3) } });
  });

  it('takes a second without a request as one', () => {
    const feed = new Feed(2);
    feed.next(at(1, 4, 4));
    assert.deepEqual(feed.next(at(2, 4, 4)), { atNs: 2, requests: 0, tail: { low: 0, values: new Uint32Array(0) } });
  });

  it('begins anew where a count went back, even if others grew by more', () => {
    const feed = new Feed(2);
    feed.next(at(1, 10, 10));
    assert.equal(feed.next(at(2, 3, 99)), null);
    assert.equal(feed.next(at(3, 4, 99))?.requests, 1);
  });

  it('reads an array that is written over meanwhile', () => {
    const feed = new Feed(1);
    const counts = new Float64Array(1);
    feed.next({ atNs: 1, counts });
    counts[0] = 7;
    assert.equal(feed.next({ atNs: 2, counts })?.requests, 7);
  });

  it('begins anew when told', () => {
    const feed = new Feed(1);
    feed.next(at(1, 1));
    feed.forget();
    assert.equal(feed.next(at(2, 2)), null);
  });
});
