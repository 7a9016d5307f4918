import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PoolDrift } from '../../../src/drift/pool_drift.ts';
import type { DriftOptions } from '../../../src/drift/types.ts';
import { Course } from './course.ts';

const OPTIONS: DriftOptions = { windowSeconds: 10, baselineSeconds: 1200, ratioMin: 1.2, falseAlarmsPerPoolYear: 1 };
const kinds = (changes: readonly { kind: string }[]) => changes.map(({ kind }) => kind);

function course(rate = 200, seed = 1, options = OPTIONS): Course {
  return new Course(new PoolDrift(options), rate, seed);
}

/** Saved, written, read and taken up `awaySeconds` later on a clock that another boot has set. */
function restarted(pool: Course, awaySeconds: number, options = OPTIONS): PoolDrift | null {
  const written = JSON.stringify(pool.drift.save(pool.atNs));
  const savedAtNs = 5e12;
  pool.atNs = savedAtNs + awaySeconds * 1e9;
  return PoolDrift.restore(JSON.parse(written), options, savedAtNs, pool.atNs);
}

describe('a saved drift', () => {
  it('is the same after a restart', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.constantFrom(1, 1, 1.3, 2, 4)), {
      minLength: 1,
      maxLength: 6,
    });
    const away = fc.integer({ min: 0, max: 1000 });
    fc.assert(
      fc.property(steps, away, fc.integer({ min: 1, max: 9999 }), (course_, awaySeconds, seed) => {
        const pool = course(100, seed);
        for (const [seconds, level] of course_) pool.run(seconds, level);
        const before = pool.drift.save(pool.atNs);
        const [wasAtNs, reading] = [pool.atNs, pool.drift.read()];
        const restored = restarted(pool, awaySeconds)!;
        const savedAtNs = pool.atNs - awaySeconds * 1e9;
        assert.deepEqual(withoutMemory(restored.save(savedAtNs)), withoutMemory(before));
        const { episode, baseline } = restored.read();
        assert.equal(baseline === null, reading.baseline === null);
        assert.equal(episode === null, reading.episode === null);
        if (episode !== null && reading.episode !== null)
          assert.ok(Math.abs(savedAtNs - episode.sinceNs - (wasAtNs - reading.episode.sinceNs)) < 1000);
      }),
      { seed: 20, numRuns: 40 },
    );
  });

  it('goes on in an episode: the same since, no second beginning, one end', () => {
    const pool = course();
    pool.run(1300);
    const [began] = pool.run(60, 2);
    assert.ok(began?.kind === 'began');
    const sinceAgoNs = pool.atNs - began.episode.sinceNs;
    pool.drift = restarted(pool, 30)!;
    assert.ok(Math.abs(pool.atNs - 30e9 - pool.drift.read().episode!.sinceNs - sinceAgoNs) < 1000);
    assert.deepEqual(kinds(pool.run(600, 2)), []);
    assert.deepEqual(kinds(pool.run(600)), ['ended']);
  });

  it('needs no second arming, and finds a drift at once', () => {
    const pool = course();
    pool.run(1300);
    const { baseline } = pool.drift.read();
    pool.drift = restarted(pool, 20)!;
    assert.ok(Math.abs(pool.drift.read().baseline!.p99Ns / baseline!.p99Ns - 1) < 0.02);
    assert.deepEqual(kinds(pool.run(15, 2)), ['began']);
  });

  it('that was not armed goes on learning', () => {
    const pool = course();
    pool.run(50);
    pool.drift = restarted(pool, 20)!;
    assert.equal(pool.drift.read().armedInSeconds, 52); // blocks of 3 s, the last of them not full
    assert.deepEqual(kinds(pool.run(54)), ['armed']);
  });

  it('keeps what a long baseline is', () => {
    const options = { ...OPTIONS, baselineSeconds: 4 * 3600 };
    const pool = course(20, 1, options);
    pool.run(3 * 3600);
    const before = pool.drift.read().baseline!;
    const after = restarted(pool, 5, options)!.read().baseline!;
    assert.ok(before.seconds > 2.8 * 3600 && before.seconds - after.seconds <= 0);
  });

  it('is not usable when it is older than it covers', () => {
    const pool = course();
    pool.run(400);
    assert.equal(restarted(pool, 1201), null);
    assert.notEqual(restarted(pool, 1199), null);
  });

  it('is usable with another budget and ratio, not with another length', () => {
    const pool = course();
    pool.run(400);
    assert.notEqual(restarted(pool, 1, { ...OPTIONS, falseAlarmsPerPoolYear: 9, ratioMin: 2 }), null);
    assert.equal(restarted(pool, 1, { ...OPTIONS, baselineSeconds: 3600 }), null);
  });

  it('is not usable when it is damaged, whatever the damage', () => {
    const pool = course();
    pool.run(400, 1);
    const saved = JSON.parse(JSON.stringify(pool.drift.save(pool.atNs)));
    const restore = (value: unknown) => PoolDrift.restore(value, OPTIONS, 0, 0);
    assert.notEqual(restore(saved), null);
    for (const value of [null, undefined, 7, 'x', [], {}, { ...saved, format: 0 }, { ...saved, fine: 'none' }])
      assert.equal(restore(value), null);
    const [age, seconds, requests, low, counts] = saved.fine[0];
    for (const block of [
      [age, seconds, requests, low, [...counts, -1]],
      [age, seconds, requests, low, [...counts, 1e9]],
      [age, seconds, requests, 831, [1, 1]],
      [age, seconds, requests, -1, counts],
      [age, 0, requests, low, counts],
      [age, seconds, 0.5, low, []],
      [null, seconds, requests, low, counts],
    ]) {
      assert.equal(restore({ ...saved, fine: [block] }), null, JSON.stringify(block).slice(0, 80));
    }
    fc.assert(
      fc.property(fc.anything(), (value) => {
        restore(value);
        restore({ ...saved, calm: value });
        restore({ ...saved, episode: value });
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});

/** The norm is made anew at a restore, and so what it remembers. */
function withoutMemory(saved: object): object {
  return { ...saved, memory: null };
}
