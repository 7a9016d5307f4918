import assert from 'node:assert/strict';
import { Feed, type FeedSample } from '../../../src/alerting/feed.ts';
import { ownSamples } from '../../../src/alerting/own.ts';
import type { Target } from '../../../src/alerting/target.ts';
import type { Family } from '../../../src/metrics/metric.ts';
import { TEXT_BYTES_MAX } from '../../../src/rules/cut.ts';
import { Labels } from '../../../src/rules/labels.ts';
import { labelMatcher } from '../../../src/rules/promql/matcher.ts';
import { Store } from '../../../src/rules/store/store.ts';

const LABELS = [['instance', 'node-17'] as const, ['job', 'pooldrift'] as const];

function target(): { target: Target; cuts: () => number } {
  let cuts = 0;
  return { target: { labels: LABELS, cut: () => cuts++ }, cuts: () => cuts };
}

const family = (name: string, points: Family['points']): Family => ({
  metric: { name, type: 'gauge', unit: '', help: '' },
  points,
});

function own(families: Family[], names: string[] | null, of = target()): [string, number][] {
  const needs = { keepMs: 0, names: names && new Set(names) };
  return Array.from(ownSamples(families, needs, of.target), ({ labels, value }) => [labels().series, value]);
}

describe('own samples', () => {
  it('carry instance and job, under the name with its suffix', () => {
    const families = [family('a', [{ suffix: '_sum', labels: 'pool="p",le="0.5"', value: 2 }])];
    assert.deepEqual(own(families, ['a_sum']), [['a_sum{instance="node-17",job="pooldrift",le="0.5",pool="p"}', 2]]);
  });

  it('are those that are needed, and not what is not known', () => {
    const point = { labels: '', value: 1 };
    const families = [
      family('a', [point, { ...point, suffix: '_sum' }]),
      family('b', [{ ...point, value: Number.NaN }]),
    ];
    assert.deepEqual(own(families, ['a', 'b']), [['a{instance="node-17",job="pooldrift"}', 1]]);
    assert.deepEqual(
      own(families, null).map(([series]) => series.split('{')[0]),
      ['a', 'a_sum', 'up'],
    );
    assert.deepEqual(own([], ['up']), [['up{instance="node-17",job="pooldrift"}', 1]]);
  });

  it('are read out of their escapes, and what is too long is cut and counted', () => {
    const of = target();
    const odd = 'a\\"b\\\\n\\n,c="d"';
    const long = 'x'.repeat(TEXT_BYTES_MAX + 1);
    const families = [family('a', [{ labels: `odd="${odd.replace(',c="d"', '')}",long="${long}"`, value: 1 }])];
    const needs = { keepMs: 0, names: new Set(['a']) };
    const [sample] = ownSamples(families, needs, of.target);
    const labels = sample!.labels();
    assert.equal(labels.get('odd'), 'a"b\\n\n');
    assert.equal(Buffer.byteLength(labels.get('long')), TEXT_BYTES_MAX);
    assert.equal(of.cuts(), 1);
  });

  it('that have such a label themselves have it as exported', () => {
    const families = [family('a', [{ labels: 'job="x",exported_job="y"', value: 1 }])];
    assert.deepEqual(
      own(families, ['a'])[0]![0],
      'a{exported_exported_job="x",exported_job="y",instance="node-17",job="pooldrift"}',
    );
  });
});

describe('the feed of the rules', () => {
  const sample = (name: string, value: number): FeedSample => ({
    key: name,
    labels: () => Labels.of({ __name__: 'x', name }),
    value,
  });
  const at = (store: Store, timeMs: number) =>
    store.select([labelMatcher('__name__', '=', 'x')]).flatMap((series) => series.last(timeMs - 300_000, timeMs) ?? []);

  it('ends a series that is no longer given at once, and begins it again', () => {
    const store = new Store({ seriesMax: 10, bytesMax: 2 ** 20, keepMs: 300_000 });
    const feed = new Feed(store);
    assert.equal(feed.write([sample('a', 1), sample('b', 2)], 1000), 2);
    assert.deepEqual(at(store, 1000), [1, 2]);
    feed.write([sample('b', 3)], 2000);
    assert.deepEqual(at(store, 2000), [3]);
    assert.deepEqual(at(store, 1500), [1, 2]);
    feed.write([sample('a', 4)], 3000);
    assert.deepEqual(at(store, 3000), [4]);
    feed.end(4000);
    assert.deepEqual(at(store, 4000), []);
  });

  it('goes on where the store takes no more', () => {
    const store = new Store({ seriesMax: 1, bytesMax: 2 ** 20, keepMs: 300_000 });
    const feed = new Feed(store);
    assert.equal(feed.write([sample('a', 1), sample('b', 2)], 1000), 1);
    assert.equal(store.losses.seriesRefused, 1);
    feed.write([], 2000);
    assert.deepEqual(at(store, 2000), []);
  });

  it('counts all that is refused, but makes no labels without end', () => {
    const store = new Store({ seriesMax: 1, bytesMax: 2 ** 20, keepMs: 300_000 });
    let made = 0;
    const samples = Array.from({ length: 5000 }, (_, i) => ({
      ...sample(`${i}`, 1),
      labels: () => Labels.of({ __name__: 'x', name: `${++made}` }),
    }));
    assert.equal(new Feed(store).write(samples, 1000), 1);
    assert.deepEqual([store.losses.seriesRefused, made], [4999, 1001]);
  });
});
