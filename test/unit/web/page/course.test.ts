import assert from 'node:assert/strict';
import { type LivePool, livePools } from '../../../../src/outputs/live.ts';
import { Course, episodeSpans } from '../../../../src/web/page/course.ts';
import { pool, reading } from '../../metrics/fixture.ts';

const STEP_MS = 4000;
const [LIKE] = livePools(reading([pool()]));

function course(atMs: number[], p99Seconds: number[]): Course {
  return new Course({
    pool: 'checkout',
    stepMs: STEP_MS,
    atMs,
    fields: { p99Seconds },
    waits: p99Seconds.map((each) => [each]),
  });
}

function drifting(sinceMs: number): LivePool {
  const requests = { ...LIKE!.requests!, drifting: true, since: new Date(sinceMs).toISOString() };
  return { ...LIKE!, requests: { ...requests, cause: 'load' } };
}

describe("page: an open pool's course", () => {
  it('goes on with each step, and takes none that is not later', () => {
    const kept = course([1000, 5000], [1, 2]);
    assert.equal(kept.add({ ...LIKE!, waits: [4] }, 9000), true);
    assert.equal(kept.add(LIKE!, 9000), false);
    assert.deepEqual(kept.atMs, [1000, 5000, 9000]);
    assert.deepEqual(kept.waits, [[1], [2], [4]]);
    assert.deepEqual(kept.fields.p99Seconds.slice(0, 2), [1, 2]);
    assert.ok(Math.abs(kept.fields.p99Seconds[2]! - 0.0112) < 2e-4);
    assert.deepEqual(kept.fields.size, [null, null, 8], 'what was never known before');
  });

  it('forgets what is older than an hour', () => {
    const kept = course([1000, 5000], [1, 2]);
    kept.add(LIKE!, 3_603_000);
    assert.deepEqual([kept.atMs, kept.fields.p99Seconds.length, kept.waits.length], [[5000, 3_603_000], 2, 2]);
  });

  it('holds an episode from its onset on', () => {
    const kept = course([1000, 5000, 9000], [1, 2, 3]);
    kept.add(drifting(4000), 13_000);
    const spans = episodeSpans(kept.atMs, kept.fields.episode);
    assert.deepEqual([spans.length, spans[0]!.fromMs, spans[0]!.untilMs], [1, 5000, 13_000]);
  });

  it('keeps what it knew of before the daemon was started anew, with a gap', () => {
    const earlier = course([1000, 5000, 9000], [1, 2, 3]);
    const joined = course([8500, 12_500], [4, 5]).after(earlier);
    assert.deepEqual(joined.atMs, [1000, 5000, 7000, 8500, 12_500]);
    assert.deepEqual(joined.fields.p99Seconds, [1, 2, null, 4, 5]);
    assert.deepEqual(joined.waits, [[1], [2], null, [4], [5]]);
    assert.deepEqual(course([1000, 5000], [6, 7]).after(earlier).fields.p99Seconds, [6, 7], 'the daemon knows it all');
  });

  it('tells episodes of different causes apart', () => {
    const spans = episodeSpans([1, 2, 3, 4, 5, 6], [0, 1, 2, 2, null, 2]);
    assert.deepEqual(spans, [
      { fromMs: 2, untilMs: 2, code: 1 },
      { fromMs: 3, untilMs: 4, code: 2 },
      { fromMs: 6, untilMs: 6, code: 2 },
    ]);
  });
});
