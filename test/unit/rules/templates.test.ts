import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expand } from '../../../src/rules/template/expand.ts';
import { TemplateFault } from '../../../src/rules/template/fault.ts';
import { printf } from '../../../src/rules/template/format.ts';
import { parseTemplate } from '../../../src/rules/template/parse.ts';

const labels: Record<string, string> = { pool: 'checkout', instance: 'a:80' };
const data = { labels: (name: string) => labels[name] ?? '', externalLabels: () => 'eu', value: 1234.5 };

/** What is refused, where in the text, and what is said. The rest is compared with promtool's texts. */
const REFUSED: [string, number, RegExp][] = [
  ['a {{ $value', 11, /an action has no end/],
  ['{{ }}', 0, /a value is missing/],
  ['{{ $value | }}', 0, /a value is missing/],
  ['{{ range $labels }}{{ end }}', 3, /range is outside the subset; allowed: \$labels.NAME/],
  ['{{ with $value }}', 3, /with is outside/],
  ['ab {{ query "up" }}', 6, /the function query is outside .* humanize/],
  ['{{ $x }}', 3, /\$x is outside/],
  ['{{ .Foo }}', 3, /\.Foo is outside/],
  ['{{ . }}', 3, /\. is outside/],
  ['{{ $x := 1 }}', 6, /unexpected ":=/],
  ['{{ if $value }}x', 0, /this if has no \{\{ end \}\}/],
  ['{{ if $value }}x{{ else }}y', 0, /this if has no/],
  ['x{{ end }}', 1, /unexpected \{\{end\}\}/],
  ['{{ $labels }}', 3, /write \$labels.NAME/],
  ['{{ humanize }}', 3, /humanize takes 1 arguments, not 0/],
  ['{{ $value | humanize 1 }}', 12, /humanize takes 1 arguments, not 2/],
  ['{{ eq 1 }}', 3, /eq takes 2 arguments, not 1/],
  ['{{ index $value "a" }}', 3, /index takes \$labels first/],
  ['{{ printf "%d" humanize }}', 15, /humanize as an argument needs parentheses/],
  ['{{ printf ("a" }}', 10, /this \( is not closed/],
  ['{{ $value 1 }}', 3, /\$value is no function/],
  ['{{ 1 | 2 }}', 7, /after \| stands a function/],
  ['{{ "a\\q" }}', 5, /unknown escape/],
  ['{{ printf "%d" 010 }}', 15, /unexpected "010/],
  ['{{ constructor 1 }}', 3, /the function constructor is outside/],
  ['{{ $value) }}', 9, /unexpected \)/],
];

describe('templates', () => {
  for (const [text, at, says] of REFUSED)
    it(`refuse ${JSON.stringify(text)} at ${at}`, () => {
      assert.throws(
        () => parseTemplate(text),
        (error) => {
          assert.ok(error instanceof TemplateFault, String(error));
          assert.match(error.message, says);
          assert.equal(error.from, at, error.message);
          return true;
        },
      );
    });

  it('say what went wrong in the place of the text', () => {
    const told = (text: string) => expand(parseTemplate(text), data);
    assert.match(told('{{ humanize "x" }}'), /^<error expanding template: .*invalid syntax>$/);
    assert.equal(
      told('{{ if gt $value 1 }}x{{ end }}'),
      '<error expanding template: incompatible types for comparison>',
    );
    assert.equal(
      told('{{ toUpper $value }}'),
      '<error expanding template: wrong type for value; expected string; got float64>',
    );
    assert.match(told('{{ match "(" "a" }}'), /^<error expanding template: /);
    assert.match(told('{{ printf "%999999999d" 1 }}'), /^<error expanding template: a width of more than 1000>$/);
    assert.match(told('{{ printf "%.999f" 1.5 }}'), /^<error expanding template: /);
    assert.equal(told('{{ $externalLabels.region }}'), 'eu');
  });

  it('write every finite number as its shortest text, and %f with the digits asked for', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(12), (value, digits) => {
        assert.equal(Number(printf('%v', [value])), value);
        const fixed = printf(`%.${digits}f`, [value]);
        assert.ok(Math.abs(Number(fixed) - value) <= 0.5000001 * 10 ** -digits + Math.abs(value) * 1e-15, fixed);
        assert.equal(fixed.split('.')[1]?.length ?? 0, digits);
      }),
    );
  });

  it('of more than 100 levels are refused', () => {
    const nested = (levels: number) => `{{ ${'('.repeat(levels)}1${')'.repeat(levels)} }}`;
    const chosen = (levels: number) => '{{ if true }}'.repeat(levels) + '{{ end }}'.repeat(levels);
    for (const text of [nested, chosen]) {
      parseTemplate(text(100));
      for (const levels of [101, 10_000])
        assert.throws(() => parseTemplate(text(levels)), { message: 'more than 100 levels' });
    }
  });

  it('never fail otherwise, whatever the text', () => {
    const words = [
      '{{',
      '}}',
      '{{-',
      '-}}',
      '$value',
      '$labels.a',
      'if',
      'else',
      'end',
      '|',
      'printf',
      '"%d"',
      '(',
      ')',
      'eq',
      '1',
      '/*',
      '*/',
    ];
    const pieces = fc.array(fc.constantFrom(...words, ' ', ' ', 'a', '\n', '.', '"'), { maxLength: 16 });
    fc.assert(
      fc.property(
        fc.oneof(
          pieces.map((list) => list.join('')),
          pieces.map((list) => list.join(' ')),
          fc.string(),
        ),
        (text) => {
          try {
            assert.equal(typeof expand(parseTemplate(text), data), 'string');
          } catch (error) {
            assert.ok(error instanceof TemplateFault, `${JSON.stringify(text)}: ${error}`);
            assert.ok(error.from >= 0 && error.from <= text.length);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
