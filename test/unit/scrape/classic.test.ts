import assert from 'node:assert/strict';
import { histogramOf } from '../../../src/scrape/classic.ts';
import { gaugeOf, SERIES_MAX } from '../../../src/scrape/family.ts';
import { TextParser } from '../../../src/scrape/text.ts';

function family(lines: string[], name = 'h') {
  const parser = new TextParser([name], '');
  parser.push(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  return parser.end(true).get(name)!;
}

const BUCKETS = ['h_bucket{le="0.1"} 1', 'h_bucket{le="+Inf"} 2'];

describe('a named histogram', () => {
  const cases: [string, string[], string][] = [
    ['a counter', ['# TYPE h counter', 'h 3'], 'h is a counter, not a histogram'],
    ['a summary', ['# TYPE h summary', 'h{quantile="0.5"} 3', 'h_sum 1'], 'h is a summary, not a histogram'],
    ['a value without a type', ['h 3'], 'h is no histogram'],
    ['no +Inf', ['h_bucket{le="0.1"} 1', 'h_bucket{le="1"} 2'], 'h has no bucket le="+Inf"'],
    ['no le', ['h_bucket 1'], 'h has a bucket without a number for le'],
    ['bad le', ['h_bucket{le="x"} 1'], 'h has a bucket without a number for le'],
    ['a sum alone', ['# TYPE h histogram', 'h_sum 1', 'h_count 1'], 'h has no buckets'],
    ['a bucket twice', [...BUCKETS, 'h_bucket{le="0.10"} 1'], 'h has the same bucket twice'],
    ['a bucket below 0', [...BUCKETS, 'h_bucket{le="0.2"} -1'], 'h counts -1 in a bucket'],
    ['a bucket that is no number', [...BUCKETS, 'h_bucket{le="0.2"} NaN'], 'h counts NaN in a bucket'],
    [
      'a native histogram',
      ['# TYPE h histogram', 'h_bucket{le="+Inf"} 2', 'h_sum 1', 'h_count 2'],
      'h has only the bucket le="+Inf": give it classic buckets (native ones are not read)',
    ],
    [
      'other buckets by label',
      [...BUCKETS, 'h_bucket{a="b",le="0.2"} 1', 'h_bucket{a="b",le="+Inf"} 1'],
      'h has not the same buckets in all its label sets: they cannot be summed',
    ],
    [
      'too many label sets',
      Array.from({ length: SERIES_MAX + 1 }, (_, i) => `h_bucket{i="${i}",le="+Inf"} 1`),
      `h has more than ${SERIES_MAX} label sets`,
    ],
  ];
  for (const [what, lines, message] of cases)
    it(`${what} is told`, () => assert.throws(() => histogramOf(family(lines)), { message }));

  it('named with _bucket is told how to be named', () => {
    const message = 'h_bucket is no histogram: leave _bucket out of its name';
    assert.throws(() => histogramOf(family(['# TYPE h histogram', ...BUCKETS], 'h_bucket')), { message });
  });

  it('has buckets in any order, with le anywhere among the labels', () => {
    const { bounds, series } = histogramOf(
      family([
        'h_bucket{le="+Inf",a="b"} 5',
        'h_bucket{a="b",le="1"} 4',
        'h_bucket{le="0.5",a="b"} 3',
        'h_sum{a="b"} 2',
      ]),
    );
    assert.deepEqual(bounds, [0.5, 1, Number.POSITIVE_INFINITY]);
    assert.deepEqual([...series], [['a="b"', { counts: Float64Array.of(3, 4, 5), sum: 2 }]]);
  });

  it('that has counted nothing yet is empty: not sent, or only its TYPE', () => {
    for (const lines of [[], ['# TYPE h histogram']]) assert.equal(histogramOf(family(lines)).series.size, 0);
    assert.deepEqual([family([]).absent, family(['# TYPE h histogram']).absent], [true, false]);
  });
});

describe('a named gauge', () => {
  it('is summed over its labels', () => assert.equal(gaugeOf(family(['h{a="1"} 2', 'h{a="2"} 3'])), 5));

  for (const [what, lines, message] of [
    ['a counter', ['# TYPE h counter', 'h 3'], 'h is a counter, not a gauge'],
    ['a histogram without a type', BUCKETS, 'h is no gauge'],
    ['nothing', ['hh 3'], 'no metric h'],
  ] as const)
    it(`${what} is told`, () => assert.throws(() => gaugeOf(family([...lines])), { message }));
});
