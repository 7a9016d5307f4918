import assert from 'node:assert/strict';
import type { OpenMetricsContentType } from '@prometheus-io/client';
import fc from 'fast-check';
import { histogramOf } from '../../../src/scrape/classic.ts';
import { gaugeOf } from '../../../src/scrape/family.ts';
import { TextParser } from '../../../src/scrape/text.ts';
import { OPENMETRICS, program } from './registry.ts';

const NAMES = ['http_request_duration_seconds', 'pool_size'];

function parse(text: string, { type = '', whole = true, wanted = NAMES, cuts = [] as number[] } = {}) {
  const bytes = Buffer.from(text);
  const parser = new TextParser(wanted, type);
  for (const [i, end] of [...cuts, bytes.length].entries()) parser.push(bytes.subarray(cuts[i - 1] ?? 0, end));
  return parser.end(whole);
}

/** Bounds, and by label set the cumulative counts and the sum. */
function histogram(text: string, options: Parameters<typeof parse>[1] = {}) {
  const { bounds, series } = histogramOf(parse(text, options).get(NAMES[0]!)!);
  return { bounds, series: [...series].map(([labels, { counts, sum }]) => [labels, [...counts], sum]) };
}

async function sent(type = '') {
  const { registry, requests, size } = program();
  if (type !== '') registry.setContentType(type as OpenMetricsContentType);
  for (const seconds of [0.05, 0.3, 7]) requests.observe({ route: '/a "b" \\ {c}\nd', code: '200' }, seconds);
  requests.observe({ route: 'ü', code: '500' }, 0.7);
  size.set({ kind: 'a' }, 5);
  size.set({ kind: 'b' }, 3);
  return registry.metrics();
}

const EXPECTED = {
  bounds: [0.1, 0.5, 1, Number.POSITIVE_INFINITY],
  series: [
    [[1, 2, 2, 3], 7.35],
    [[0, 0, 1, 1], 0.7],
  ],
};

describe('the text of a target', () => {
  for (const type of ['', OPENMETRICS])
    it(`is read as the client library writes it${type && ', in OpenMetrics too'}`, async () => {
      const text = await sent(type);
      const { bounds, series } = histogram(text, { type });
      assert.deepEqual({ bounds, series: series.map(([, ...rest]) => rest) }, EXPECTED);
      assert.equal(gaugeOf(parse(text, { type }).get('pool_size')!), 8);
    });

  it('is the same however it is cut into pieces', async () => {
    const text = await sent();
    const expected = histogram(text);
    const places = fc.array(fc.nat(Buffer.byteLength(text)), { maxLength: 30 });
    fc.assert(
      fc.property(places, (cuts) => assert.deepEqual(histogram(text, { cuts: cuts.sort((a, b) => a - b) }), expected)),
    );
  });

  it('may have blanks, times, exemplars, comments, empty lines, no TYPE and no last line feed', () => {
    const text = [
      '',
      '#no comment of the format',
      '# HELP pool_size any { text " at all',
      '\t pool_size { kind = "a" , }  3.5e+00 1395066363000 ',
      'pool_size{kind="b"}1',
      'other_metric{x="}"} NaN',
      'other_metric -Inf -3982045',
      'other_metric 1 # {trace="a b"} 0.3 1.5',
      '{"a utf-8.name",x="y"} 1',
      '  ',
      'pool_size_total 7',
      'pool_size 2',
    ].join('\n');
    assert.equal(gaugeOf(parse(text).get('pool_size')!), 6.5);
  });

  it('knows numbers in every notation of Go', () => {
    const one = (number: string) => gaugeOf(parse(`pool_size ${number}\n`).get('pool_size')!);
    const numbers = ['+Inf', '-inf', 'NaN', '.5', '+1e3', '5.'].map(one);
    assert.deepEqual(numbers, [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0.5, 1000, 5]);
  });
});

describe('what is not the text of a target', () => {
  const type = 'text/html';
  const cases: [string, string, string, Parameters<typeof parse>[1]?][] = [
    ['a page', '<!DOCTYPE html>\n<p>1</p>\n', 'not Prometheus text (text/html): line 1', { type }],
    ['JSON', '{"status":"ok"}\n', 'not Prometheus text: line 1'],
    ['prose', 'all is well\n', 'not Prometheus text: line 1'],
    ['a later line', 'a 1\n\nb{x="y} 2\nc 3\n', 'not Prometheus text: line 3'],
    ['a name without a value', 'a 1\nb\n', 'not Prometheus text: line 2'],
    ['a name that ends in digits', 'a1\n', 'not Prometheus text: line 1'],
    ['lines of another system', 'a 1\r\n', 'not Prometheus text: line 1'],
    ['half a line', 'a 1\nb{x="', 'not Prometheus text: line 2'],
    ['half a number, of unknown length', 'a 1\nb 12', 'not Prometheus text: line 2 is cut', { whole: false }],
    ['half of OpenMetrics', 'a 1\n', 'cut: OpenMetrics ends with # EOF', { type: OPENMETRICS }],
    ['a line without end', `a{x="${'y'.repeat(70_000)}`, 'not Prometheus text: line 1 is longer than 64 KiB'],
    ['bytes', '\u0000\u0001\n', 'not Prometheus text: line 1'],
  ];
  for (const [what, text, message, options] of cases)
    it(what, () => assert.throws(() => parse(text, options), { message }));

  it('costs time in proportion to its length, whatever it is', () => {
    const [short, long] = [8000, 64_000];
    const hostile: ((n: number) => string)[] = [
      (n) => 'a'.repeat(n),
      (n) => `a${' '.repeat(n)}{`,
      (n) => `a{${'x="'.repeat(n / 3)}`,
      (n) => `a{${'"x"'.repeat(n / 3)}`,
      (n) => `a 1${' '.repeat(n / 2)}${'1'.repeat(n / 2)}!`,
      (n) => `a{x="${'\\\\'.repeat(n / 2)}`,
    ];
    const costMs = (line: string) => {
      const startMs = performance.now();
      assert.throws(() => parse(`${line}\n`, { wanted: ['a'] }));
      return performance.now() - startMs;
    };
    const least = (line: string) => Math.min(...Array.from({ length: 5 }, () => costMs(line)));
    // Eight times the length costs 64 times the time where characters are looked at again and again.
    for (const line of hostile) assert.ok(least(line(long)) < 32 * least(line(short)) + 1, line(20));
  });
});
