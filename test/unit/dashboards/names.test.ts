import assert from 'node:assert/strict';
import fc from 'fast-check';
import { NO_QUOTES } from '../../../dashboards/sources/variables.ts';
import { printable } from '../../../src/decode/printable.ts';
import { parsePromql } from '../../../src/rules/promql/parse.ts';
import { ALL } from '../../lib/grafana/dashboards.ts';
import { filled, offered } from '../../lib/grafana/interpolate.ts';

const EXPR = 'pooldrift_pool_threads{pool=~"$pool"}';
/** What makes trouble in a string, in a regular expression or in a template, more often than chance has it. */
const NAMES = fc
  .array(fc.oneof(fc.constantFrom(...'"\'`\\{}[]()|.*+?^$<>&%,=~/\u001b\n'), fc.string({ maxLength: 3 })), {
    maxLength: 15,
  })
  .map((parts) => printable(parts.join('')))
  .filter((name) => name !== '');

describe('names of pools in the queries of dashboards', () => {
  const matcherOf = (pools: readonly string[]) => {
    const node = parsePromql(filled(EXPR, { pool: pools }, '1m'));
    assert.equal(node.kind, 'selector');
    return node.kind === 'selector' ? node.matchers.find(({ name }) => name === 'pool')! : assert.fail();
  };

  it('are chosen as they are, or not offered', () => {
    fc.assert(
      fc.property(NAMES, NAMES, NAMES, (one, two, other) => {
        if (offered(NO_QUOTES, [one, two]).length < 2) return void assert.match(one + two, /"/);
        assert.ok(matcherOf([one]).test(one));
        assert.equal(matcherOf([one]).test(other), one === other);
        assert.ok(matcherOf([one, two]).test(one) && matcherOf([one, two]).test(two));
      }),
    );
  });

  it('would end the string with a double quote', () =>
    assert.throws(() => parsePromql(filled(EXPR, { pool: ['a"} or up{x=~"'] }, '1m'))));

  it('are offered by each variable in that way', () => {
    for (const { templating } of ALL)
      for (const { type, regex, multi } of templating.list)
        if (type === 'query') assert.deepEqual([regex, multi], [NO_QUOTES, true]);
  });

  it('stay out of the text of annotations, which Grafana shows as HTML', () => {
    const texts = ALL.flatMap(({ annotations }) => annotations.list ?? []).map((each) => each.textFormat);
    assert.deepEqual(texts, ['{{cause}}']);
  });
});
