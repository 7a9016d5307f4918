import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Node } from '../../../src/rules/promql/ast.ts';
import { PromqlFault } from '../../../src/rules/promql/fault.ts';
import { parsePromql } from '../../../src/rules/promql/parse.ts';
import { SIGNATURES } from '../../../src/rules/promql/signatures.ts';

/** The tree with all its parentheses. */
function shown(node: Node): string {
  switch (node.kind) {
    case 'binary':
      return `(${shown(node.left)} ${node.operator} ${shown(node.right)})`;
    case 'minus':
      return `-(${shown(node.operand)})`;
    case 'selector':
      return `${node.matchers[0]!.value}${node.rangeMs ? `[${node.rangeMs}]` : ''}${node.offsetMs ? `@${node.offsetMs}` : ''}`;
    case 'call':
      return `${node.name}(${node.args.map(shown).join(', ')})`;
    case 'aggregate':
      return `${node.name} ${node.without ? 'without' : 'by'} ${node.labels}(${shown(node.operand)})`;
    default:
      return String(node.value);
  }
}

const TREES: Record<string, string> = {
  'a + b * c': '(a + (b * c))',
  'a * b + c': '((a * b) + c)',
  'a - b - c': '((a - b) - c)',
  'a ^ b ^ c': '(a ^ (b ^ c))',
  '-a ^ b': '-((a ^ b))',
  '-2 ^ 2': '-((2 ^ 2))',
  '2 ^ -1 ^ 2': '(2 ^ -((1 ^ 2)))',
  '-a * b': '(-(a) * b)',
  'a + -b + c': '((a + -(b)) + c)',
  'a or b and c': '(a or (b and c))',
  'a unless b > c + d': '(a unless (b > (c + d)))',
  'a > 1 == 2': '((a > 1) == 2)',
  'a + b offset 5m': '(a + b@300000)',
  'a + b offset 5m * c': '(a + (b@300000 * c))',
  '-a offset -1m': '-(a@-60000)',
  'rate(a[5m] offset 1h30m)': 'rate(a[300000]@5400000)',
  'rate(a[90])': 'rate(a[90000])',
  'SUM BY (x, y,) (a)': 'sum by x,y(a)',
  'sum(a) without ()': 'sum without (a)',
  '0x1F + 010 + 1_000 + 1e3 + .5': '((((31 + 8) + 1000) + 1000) + 0.5)',
  'vector(5m) + Inf - NaN': '((vector(300) + Infinity) - NaN)',
  '# a comment\n(a) # another': 'a',
  '{"a.b", x=`y`}': 'a.b',
};

/** What is refused, where in the text, and what is said. */
const REFUSED: [string, number, RegExp][] = [
  ['', 0, /no expression/],
  ['sum(', 4, /ends too early/],
  ['a b', 2, /unexpected "b"/],
  ['a + ', 4, /ends too early/],
  ['foo(a)', 0, /unknown function foo/],
  ['1 + deriv(a[5m])', 4, /deriv is outside the subset; allowed: rate, increase/],
  ['count_values("x", a)', 0, /count_values is outside the subset; allowed: sum, avg/],
  ['a[5m:1m]', 0, /subqueries are outside/],
  ['a @ 5', 0, /@ modifier is outside/],
  ['a atan2 b', 2, /atan2 is outside/],
  ['a[1m+1m]', 2, /a duration here is a literal/],
  ['rate(a)', 5, /rate expects a range vector here, got an instant vector/],
  ['abs(a[5m])', 4, /abs expects an instant vector here, got a range vector/],
  ['sum(1)', 4, /sum expects an instant vector here, got a number/],
  ['a[5m] > 0.1', 0, /> needs a number or an instant vector, got a range vector/],
  ['rate(a[5m], 1)', 0, /rate takes 1 arguments, not 2/],
  ['round(a, 1, 2)', 0, /round takes 1 to 2 arguments, not 3/],
  ['topk(a)', 0, /topk takes 2 arguments, not 1/],
  ['1 > 2', 2, /needs bool/],
  ['a + bool b', 2, /bool stands after a comparison only/],
  ['a and 1', 2, /and needs instant vectors on both sides/],
  ['a + on (x) 1', 4, /between instant vectors only/],
  ['a and on (x) group_left b', 6, /no grouping for and/],
  ['a + on (x) group_left (x) b', 22, /x must not occur in both/],
  ['(a + b) offset 5m', 0, /offset stands after a selector only/],
  ['(a)[5m]', 0, /a range stands after a selector only/],
  ['a offset 5m offset 1m', 0, /offset may not be set twice/],
  ['rate(a offset 1m [5m])', 5, /offset stands after the range/],
  ['{}', 0, /a selector needs a name/],
  ['{x=~".*"}', 0, /a selector needs a name/],
  ['a{__name__="b"}', 1, /the name is set twice/],
  ['a{x=~"("}', 5, /missing closing \)/],
  ['a{x="\\q"}', 5, /unknown escape/],
  ['a{x="b', 6, /ends too early/],
  ['a[0s]', 2, /longer than 0/],
  ['-a[5m]', 0, /a sign needs a number or an instant vector/],
];

describe('PromQL', () => {
  for (const [query, tree] of Object.entries(TREES))
    it(`${JSON.stringify(query)} is ${tree}`, () => assert.equal(shown(parsePromql(query)), tree));

  for (const [query, at, says] of REFUSED)
    it(`refuses ${JSON.stringify(query)} at ${at}`, () => {
      assert.throws(
        () => parsePromql(query),
        (error) => {
          assert.ok(error instanceof PromqlFault);
          assert.match(error.message, says);
          assert.equal(error.from, at, error.message);
          return true;
        },
      );
    });

  it('never fails otherwise, whatever the text', () => {
    const words = [
      'a',
      'sum',
      'rate',
      'by',
      '(',
      ')',
      '[',
      ']',
      '5m',
      ':',
      '{',
      '}',
      '=',
      '"x"',
      '+',
      '-',
      '^',
      'offset',
      'on',
      '>',
      'bool',
    ];
    const pieces = fc.array(fc.constantFrom(...words, ',', '@', '#', '\n', 'and', 'group_left', '1e3', '\\', '`'), {
      maxLength: 14,
    });
    const text = fc.oneof(
      pieces.map((list) => list.join(' ')),
      fc.string(),
    );
    fc.assert(
      fc.property(text, (query) => {
        try {
          parsePromql(query);
        } catch (error) {
          assert.ok(error instanceof PromqlFault, `${query}: ${error}`);
          assert.ok(error.from >= 0 && error.from <= query.length);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses what is nested deeper than the stack', () => {
    const says = (message: RegExp) => ({ message });
    assert.throws(() => parsePromql(`${'abs('.repeat(600)}a${')'.repeat(600)}`), says(/^more than 500 levels/));
    assert.throws(() => parsePromql(Array(2000).fill('a').join('+')), PromqlFault);
    assert.throws(() => parsePromql('('.repeat(20_000)), PromqlFault);
    assert.throws(() => parsePromql('('.repeat(20_001)), says(/^longer than 20000 characters/));
    assert.equal(parsePromql(Array(400).fill('a').join('+')).type, 'vector');
  });

  it('has a use for every function that it names', () => {
    const example = { scalar: '1', vector: 'a', matrix: 'a[5m]', string: '"s"' };
    for (const [name, { args }] of Object.entries(SIGNATURES))
      assert.equal(parsePromql(`${name}(${args.map((type) => example[type])})`).kind, 'call');
  });
});
