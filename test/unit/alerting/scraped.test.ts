import assert from 'node:assert/strict';
import { type Scraped, ScrapedFeeds } from '../../../src/alerting/scraped.ts';
import { Store } from '../../../src/rules/store/store.ts';
import type { RawSample } from '../../../src/scrape/raw.ts';

const TARGET = { labels: [['instance', 'node-17'] as const, ['job', 'pooldrift'] as const], cut: () => {} };
const NEEDS = { keepMs: 0, names: new Set(['up', 'x']) };

function feeds() {
  const store = new Store({ seriesMax: 100, bytesMax: 2 ** 20, keepMs: 300_000 });
  const scraped = new ScrapedFeeds(store);
  const write = (scrapes: Record<string, { atMs: number; samples: RawSample[] } | null>, nowMs: number): number =>
    scraped.write(new Map(Object.entries(scrapes)) as Scraped, NEEDS, TARGET, { wallMs: nowMs, nowMs });
  /** The newest values, by series without what all have. */
  const at = (timeMs: number) =>
    store.select([]).flatMap((series) => {
      const value = series.last(timeMs - 300_000, timeMs);
      const text = series.labels.series.replace('instance="node-17",job="pooldrift",', '');
      return value === undefined ? [] : [`${text} ${value}`];
    });
  return { store, scraped, write, at };
}

const x = (labels: string, value: number): RawSample => ({ name: 'x', labels, value });

describe('the scrapes of pools, for the rules', () => {
  it('have the pool as a label, and up beside them; what was called so already is exported', () => {
    const { write, at } = feeds();
    const odd = '{ pool = "größe\\n", b="1" }';
    assert.equal(write({ a: { atMs: 900, samples: [x('', 1), x(odd, 2)] }, b: null }, 1000), 4);
    assert.deepEqual(at(1000), [
      'up{pool="a"} 1',
      'up{pool="b"} 0',
      'x{b="1",exported_pool="größe\\n",pool="a"} 2',
      'x{pool="a"} 1',
    ]);
  });

  it('are written once each, at their own time', () => {
    const { store, write } = feeds();
    const a = { atMs: 900, samples: [x('', 1)] };
    assert.deepEqual([write({ a }, 1000), write({ a }, 2000), write({ a: { ...a, atMs: 2500 } }, 3000)], [2, 0, 2]);
    assert.equal(store.losses.samplesOutOfOrder, 0);
  });

  it('have their time by the wall clock, wherever the two clocks began', () => {
    const { store, scraped } = feeds();
    const a = { atMs: 700, samples: [x('', 1)] };
    scraped.write(new Map([['a', a]]), NEEDS, TARGET, { wallMs: 1_000_000, nowMs: 1000 });
    assert.deepEqual(
      store.select([]).map(({ newestMs }) => newestMs),
      [999_700, 999_700],
    );
  });

  it('that fail, or are of a pool that is scraped no more, end at once', () => {
    const { write, at, scraped } = feeds();
    const a = { atMs: 900, samples: [x('', 1)] };
    write({ a }, 1000);
    write({ a: null }, 2000);
    assert.deepEqual(at(2000), ['up{pool="a"} 0']);
    write({ a: null }, 3000);
    write({ a: { ...a, atMs: 3500 } }, 4000);
    assert.deepEqual(at(4000), ['up{pool="a"} 1', 'x{pool="a"} 1']);
    write({}, 5000);
    assert.deepEqual(at(5000), []);
    write({ a: { ...a, atMs: 5500 } }, 6000);
    scraped.end(7000);
    assert.deepEqual(at(7000), []);
  });
});
