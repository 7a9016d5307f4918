import assert from 'node:assert/strict';
import { PoolDrift } from '../../../src/drift/pool_drift.ts';
import type { DriftChange, DriftOptions, Second } from '../../../src/drift/types.ts';
import { bucketIndex } from '../../../src/windows/histogram.ts';
import { Course } from './course.ts';
import { TRUE_P99_NS } from './load.ts';

const OPTIONS: DriftOptions = { windowSeconds: 10, baselineSeconds: 3600, ratioMin: 1.2, falseAlarmsPerPoolYear: 1 };
const HOUR = 3600;
const kinds = (changes: readonly DriftChange[]) => changes.map(({ kind }) => kind);

function course({ rate = 1000, seed = 1, ...options }: Partial<DriftOptions> & { rate?: number; seed?: number } = {}) {
  return new Course(new PoolDrift({ ...OPTIONS, ...options }), rate, seed);
}

describe('an armed baseline', () => {
  it('takes a twelfth of drift.baseline, is young, and grows to the whole of it', () => {
    const pool = course();
    assert.deepEqual(pool.drift.read(), { baseline: null, armedInSeconds: 300, episode: null });
    assert.deepEqual(kinds(pool.run(299)), []);
    assert.equal(pool.drift.read().armedInSeconds, 1);
    const [armed] = pool.run(1);
    assert.ok(armed?.kind === 'armed' && armed.baseline.young);
    assert.ok(Math.abs(armed.baseline.p99Ns / TRUE_P99_NS - 1) < 0.02);
    assert.deepEqual(kinds(pool.run(HOUR + 400)), []);
    const { baseline } = pool.drift.read();
    assert.deepEqual([baseline?.young, baseline?.seconds], [false, HOUR]);
  });

  it('takes three windows where those are longer', () => {
    const pool = course({ windowSeconds: 200 });
    assert.deepEqual(kinds(pool.run(599)), []);
    assert.deepEqual(kinds(pool.run(1)), ['armed']);
  });

  it('takes 300 requests, and says by their rate how long that is', () => {
    const pool = course({ rate: 0.1 });
    assert.deepEqual(kinds(pool.run(600)), []);
    assert.ok(pool.drift.read().armedInSeconds > 1000);
    const [armed] = pool.run(4000);
    assert.ok(armed?.kind === 'armed' && armed.baseline.requests >= 300);
  });

  it('leaves out a start-up, and what is paused', () => {
    const pool = course();
    for (let i = 0; i < 400; i++) assert.deepEqual(pool.drift.add(pool.second(20), { startUp: true }), []);
    assert.equal(pool.drift.read().armedInSeconds, 300);
    pool.run(300);
    assert.ok(Math.abs(pool.drift.read().baseline!.p99Ns / TRUE_P99_NS - 1) < 0.02);
  });

  for (const baselineSeconds of [60, 600, 6 * HOUR, 28 * 24 * HOUR]) {
    it(`covers ${baselineSeconds} s in bounded room`, () => {
      const pool = course({ baselineSeconds, rate: 20 });
      pool.run(Math.min(baselineSeconds, 8 * HOUR) * 1.2);
      const armed = baselineSeconds <= 6 * HOUR;
      assert.equal(pool.drift.read().baseline !== null, armed);
      assert.ok(JSON.stringify(pool.drift.save(pool.atNs)).length < 150_000);
      if (armed) assert.ok(Math.abs(pool.drift.read().baseline!.p99Ns / TRUE_P99_NS - 1) < 0.2);
    });
  }
});

describe('a drift', () => {
  for (const [level, rate, withinSeconds] of [
    [2, 1000, 11],
    [1.5, 1000, 20],
    [1.25, 1000, 60],
    [2, 100, 15],
    [2, 1, 600],
  ] as const) {
    it(`to ${level}x at ${rate} requests a second is one episode, from its onset to its end`, () => {
      const pool = course({ rate, seed: 7 });
      pool.run(HOUR + 600);
      const onsetNs = pool.atNs;
      const [began, ...others] = pool.run(1800, level);
      assert.ok(began?.kind === 'began' && others.length === 0);
      assert.ok(began.episode.foundNs - onsetNs <= withinSeconds * 1e9, `${(began.episode.foundNs - onsetNs) / 1e9} s`);
      assert.ok(Math.abs(began.episode.sinceNs - onsetNs) < Math.max(2, 30 / rate) * 1e9);
      assert.deepEqual(pool.drift.read().episode, began.episode);
      const endNs = pool.atNs;
      const [ended, ...rest] = pool.run(2400);
      assert.ok(ended?.kind === 'ended' && rest.length === 0);
      assert.deepEqual([ended.why, ended.episode], ['over', began.episode]);
      assert.ok(ended.atNs - endNs <= (rate < 10 ? 1000 : 130) * 1e9);
      assert.equal(pool.drift.read().episode, null);
    });
  }

  it('does not change what is normal', () => {
    const pool = course();
    pool.run(1200);
    pool.run(HOUR, 1.5);
    pool.run(600);
    assert.ok(Math.abs(pool.drift.read().baseline!.p99Ns / TRUE_P99_NS - 1) < 0.02);
  });

  it('that went away within a window is none', () => {
    const pool = course();
    pool.run(HOUR);
    for (const seconds of [1, 3, 5, 7, 8]) {
      for (const level of [1.5, 2, 5]) {
        assert.deepEqual(pool.run(seconds, level), []);
        assert.deepEqual(pool.run(300), []);
      }
    }
  });

  it('is found with a young baseline when it is large; a small one is not yet', () => {
    const pool = course({ seed: 3 });
    pool.run(310);
    assert.deepEqual(kinds(pool.run(12, 2)), ['began']);
    const small = course({ rate: 100, seed: 3 });
    small.run(310);
    assert.deepEqual(kinds(small.run(60, 1.25)), []);
  });

  it('that comes and goes is one long episode soon', () => {
    const pool = course();
    pool.run(HOUR);
    const changes = [];
    for (let i = 0; i < 40; i++) changes.push(...pool.run(60, 2), ...pool.run(240));
    assert.ok(changes.length <= 7, kinds(changes).join());
  });

  it('follows drift.ratio_min and drift.window', () => {
    const patient = course({ ratioMin: 3 });
    patient.run(HOUR);
    assert.deepEqual(patient.run(200, 2), []);
    assert.deepEqual(kinds(patient.run(60, 5)), ['began']);
    const slow = course({ windowSeconds: 120 });
    slow.run(HOUR);
    assert.deepEqual(slow.run(100, 3), []);
    assert.deepEqual(kinds(slow.run(30, 3)), ['began']);
  });

  it('of a window of an hour is found after it', () => {
    const pool = course({ windowSeconds: HOUR, rate: 20 });
    pool.run(4 * HOUR);
    assert.deepEqual(pool.run(3000, 3), []);
    assert.deepEqual(kinds(pool.run(900, 3)), ['began']);
  });
});

describe('an episode ends', () => {
  function inEpisode(level = 2) {
    const pool = course();
    pool.run(1200);
    assert.deepEqual(kinds(pool.run(30, level)), ['began']);
    return pool;
  }
  const why = (changes: readonly DriftChange[]) =>
    changes.map((each) => (each.kind === 'ended' ? each.why : each.kind));

  it('as rebaselined after six hours, and the new level is normal then', () => {
    const pool = inEpisode();
    assert.deepEqual(why(pool.run(6 * HOUR - 60, 2)), []);
    assert.deepEqual(why(pool.run(600, 2)), ['rebaselined', 'armed']);
    assert.ok(Math.abs(pool.drift.read().baseline!.p99Ns / TRUE_P99_NS - 2) < 0.05);
    assert.deepEqual(why(pool.run(HOUR, 2)), []);
  });

  it('as silent after a quarter of an hour without a request', () => {
    const pool = inEpisode();
    pool.rate = 0;
    assert.deepEqual(why(pool.run(890)), []);
    assert.deepEqual(why(pool.run(20)), ['silent']);
  });

  it('with a fresh baseline that is asked for', () => {
    const pool = inEpisode();
    assert.deepEqual(why(pool.drift.anew(pool.atNs)), ['anew']);
    assert.deepEqual(pool.drift.read(), { baseline: null, armedInSeconds: 300, episode: null });
    assert.deepEqual(why(pool.run(300, 2)), ['armed']);
    assert.deepEqual(pool.drift.anew(pool.atNs), []);
  });

  it('not because the measurement paused', () => {
    const pool = inEpisode();
    pool.drift.pause();
    assert.deepEqual(why(pool.run(60)), []);
    assert.deepEqual(why(pool.run(100)), ['over']);
  });
});

describe('odd seconds', () => {
  it('late ones count as the seconds that they cover', () => {
    const pool = course();
    pool.run(HOUR);
    const found = [];
    for (let i = 0; i < 6; i++) {
      pool.atNs += 2e9;
      found.push(...pool.drift.add({ ...pool.second(2, 3), atNs: pool.atNs }));
    }
    assert.deepEqual(kinds(found), ['began']);
  });

  it('a gap forgets the last seconds, not the baseline', () => {
    const pool = course();
    pool.run(HOUR);
    assert.deepEqual(pool.run(8, 2), []);
    pool.atNs += 20e9;
    assert.deepEqual(pool.run(8, 2), []);
    assert.deepEqual(kinds(pool.run(4, 2)), ['began']);
  });

  it('time that stands still or goes back counts nothing', () => {
    const pool = course();
    pool.run(100);
    const before = pool.drift.read();
    assert.deepEqual(pool.drift.add({ ...pool.second(50), atNs: pool.atNs }), []);
    assert.deepEqual(pool.drift.add({ ...pool.second(50), atNs: pool.atNs - 60e9 }), []);
    assert.deepEqual(pool.drift.read(), before);
  });

  it('a silence longer than the baseline begins a fresh one', () => {
    const pool = course();
    pool.run(400);
    pool.rate = 0;
    pool.run(HOUR + 10);
    assert.equal(pool.drift.read().baseline, null);
  });

  const constant =
    (ns: number) =>
    (atNs: number): Second => ({
      atNs,
      requests: 500,
      tail: { low: bucketIndex(ns), values: Uint32Array.of(500) },
    });
  for (const [name, ns] of [
    ['below the lowest bucket', 1],
    ['in the lowest bucket', 1024],
    ['of exactly 10 ms', 1e7],
    ['above the last bucket', 2 ** 40],
  ] as const) {
    it(`all latencies ${name}`, () => {
      const pool = course();
      const feed = (second: (atNs: number) => Second, seconds: number) =>
        Array.from({ length: seconds }, () => {
          pool.atNs += 1e9;
          return pool.drift.add(second(pool.atNs));
        }).flat();
      assert.deepEqual(kinds(feed(constant(ns), 1000)), ['armed']);
      assert.deepEqual(feed(constant(Math.max(ns, 1024) * 1.1), 300), []);
      const found = feed(constant(Math.max(ns, 1024) * 2), 12);
      assert.deepEqual(kinds(found), ns > 2 ** 36 ? [] : ['began']);
    });
  }

  it('one request a minute, and a hundred thousand a second', () => {
    const rare = course({ rate: 1 / 60 });
    rare.run(10 * HOUR);
    assert.ok(rare.drift.read().baseline!.requests >= 300);
    const many = course({ rate: 1e5 });
    many.run(600);
    assert.deepEqual(kinds(many.run(12, 2)), ['began']);
  });
});
