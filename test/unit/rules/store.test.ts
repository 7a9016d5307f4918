import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Labels } from '../../../src/rules/labels.ts';
import { labelMatcher } from '../../../src/rules/promql/matcher.ts';
import { Points } from '../../../src/rules/store/points.ts';
import { Series } from '../../../src/rules/store/series.ts';
import { Store } from '../../../src/rules/store/store.ts';

const named = (name: string, i = 0) => Labels.of({ __name__: name, i: `${i}` });
const roomy = { seriesMax: 100, bytesMax: 2 ** 20, keepMs: 60_000 };
const all = [labelMatcher('__name__', '=~', '.+')];

function contents(
  series: Series,
  afterMs = Number.NEGATIVE_INFINITY,
  atMs = Number.POSITIVE_INFINITY,
): [number, number][] {
  const points = new Points();
  series.window(afterMs, atMs, points);
  return Array.from({ length: points.length }, (_, i) => [points.timesMs[i]!, points.values[i]!]);
}

describe('a series', () => {
  it('is what a list of its samples is, however it grows and forgets', () => {
    const step = fc.record({ value: fc.double(), stale: fc.boolean(), act: fc.constantFrom('keep', 'grow', 'forget') });
    const window = fc.tuple(fc.integer({ min: -1, max: 90 }), fc.integer({ min: -1, max: 90 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), window, (steps, [afterMs, atMs]) => {
        const series = new Series(named('a'));
        let list: [number, number | null][] = [];
        let capacity = 16;
        for (const [timeMs, { value, stale, act }] of steps.entries()) {
          if (act === 'forget' && series.full) {
            series.forget(timeMs - 5);
            list = list.filter(([at]) => at > timeMs - 5);
          }
          if (act === 'grow' && series.full) {
            series.grow();
            capacity *= 2;
          }
          if (stale) series.pushStale(timeMs);
          else series.push(timeMs, value);
          list = [...list, [timeMs, stale ? null : value] as [number, number | null]].slice(-capacity);
        }
        assert.equal(series.length, list.length);
        const inside = list.filter(([at]) => at > afterMs && at <= atMs);
        assert.deepEqual(
          contents(series, afterMs, atMs),
          inside.filter(([, value]) => value !== null),
        );
        assert.deepEqual(series.last(afterMs, atMs), inside.at(-1)?.[1] ?? undefined);
      }),
    );
  });

  it('tells a staleness marker from a NaN that was measured', () => {
    const series = new Series(named('a'));
    series.push(1, Number.NaN);
    assert.ok(Number.isNaN(series.last(0, 1)));
    series.pushStale(2);
    assert.equal(series.last(0, 2), undefined);
    assert.ok(Number.isNaN(series.last(0, 1)));
  });
});

describe('the store', () => {
  it('refuses series beyond the limit, and counts them', () => {
    const store = new Store({ ...roomy, seriesMax: 2 });
    assert.deepEqual(
      [0, 1, 2, 2].map((i) => store.append(named('a', i), 1, 1)),
      [true, true, false, false],
    );
    assert.equal(store.losses.seriesRefused, 2);
    assert.equal(store.seriesCount, 2);
  });

  it('stays within its bytes: the oldest samples of a series go, counted', () => {
    const store = new Store({ ...roomy, bytesMax: 6000, keepMs: 1e9 });
    for (let i = 0; i < 1000; i++) store.append(named('a'), i, i);
    assert.ok(store.bytes <= 6000);
    const [series] = store.select(all);
    const kept = contents(series!);
    assert.deepEqual(kept.at(-1), [999, 999]);
    assert.ok(kept.length >= 64 && store.losses.samplesDropped === 1000 - kept.length, `${kept.length}`);
    assert.equal(store.append(named('b'), 1, 1), false);
  });

  it('takes times that rise only', () => {
    const store = new Store(roomy);
    assert.deepEqual(
      [5, 5, 4, 6].map((timeMs) => store.append(named('a'), timeMs, 1)),
      [true, false, false, true],
    );
    assert.equal(store.losses.samplesOutOfOrder, 2);
  });

  it('keeps what it must keep and no more than twice that', () => {
    const store = new Store(roomy);
    for (let timeMs = 0; timeMs <= 600_000; timeMs += 1000) store.append(named('a'), timeMs, 1);
    const kept = contents(store.select(all)[0]!);
    assert.ok(kept[0]![0] <= 540_000 && kept.length <= 128, `${kept.length} from ${kept[0]![0]}`);
    assert.equal(store.losses.samplesDropped, 0);
  });

  it('gives back the bytes of series that ended', () => {
    const store = new Store(roomy);
    store.append(named('a'), 0, 1);
    const one = store.bytes;
    store.append(named('b'), 50_000, 1);
    store.expire(60_000);
    assert.equal(store.seriesCount, 2);
    store.expire(60_001);
    assert.deepEqual(
      store.select(all).map(({ labels }) => labels.series),
      ['b{i="0"}'],
    );
    assert.equal(store.bytes, one);
    store.expire(1e9);
    assert.equal(store.bytes, 0);
    assert.ok(store.append(named('a'), 1e9, 1));
  });

  it('selects by every kind of matcher, in the order of labels', () => {
    const store = new Store(roomy);
    for (const i of [3, 1, 2]) for (const name of ['b', 'a']) store.append(named(name, i), 1, 1);
    const select = (...matchers: Parameters<typeof labelMatcher>[]) =>
      store
        .select(matchers.map((matcher) => labelMatcher(...matcher)))
        .map(({ labels }) => `${labels.get('__name__')}${labels.get('i')}`);
    assert.deepEqual(select(['__name__', '=', 'a']), ['a1', 'a2', 'a3']);
    assert.deepEqual(select(['__name__', '=~', 'a|b'], ['i', '!=', '2']), ['a1', 'a3', 'b1', 'b3']);
    assert.deepEqual(select(['__name__', '=', 'b'], ['i', '!~', '1|2']), ['b3']);
    assert.deepEqual(select(['__name__', '=', 'b'], ['i', '=~', '']), []);
    assert.deepEqual(select(['__name__', '=', 'b'], ['none', '=', '']), ['b1', 'b2', 'b3']);
  });

  it('does not begin a series with a staleness marker', () => {
    const store = new Store(roomy);
    store.appendStale(named('a'), 1);
    assert.equal(store.seriesCount, 0);
  });

  it('gives a list of matchers that it knows the answer that a new one gets, whatever came and went', () => {
    const act = fc.record({ i: fc.nat(5), name: fc.constantFrom('a', 'b'), afterMs: fc.nat(50_000) });
    const lists = () => [
      [labelMatcher('__name__', '=', 'a')],
      [labelMatcher('__name__', '=', 'a'), labelMatcher('i', '!=', '2')],
      [labelMatcher('i', '=~', '1|3')],
    ];
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        const store = new Store(roomy);
        const known = lists();
        let timeMs = 0;
        for (const { i, name, afterMs } of acts) {
          timeMs += afterMs;
          store.append(named(name, i), timeMs, 1);
          store.expire(timeMs);
          const texts = (all: ReturnType<typeof lists>) =>
            all.map((matchers) => store.select(matchers).map(({ labels }) => labels.text));
          assert.deepEqual(texts(known), texts(lists()));
        }
      }),
    );
  });
});
