import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AGGREGATES, ARITHMETIC, COMPARISONS, SETS } from '../../../src/rules/promql/ast.ts';
import { SIGNATURES } from '../../../src/rules/promql/signatures.ts';
import { FUNCTIONS } from '../../../src/rules/template/functions.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/rules.md'), 'utf8');

/** The code spans of a section. */
function named(heading: string): string[] {
  const section = text.split(/^##+ /m).find((each) => each.startsWith(heading))!;
  return [...section.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
}

describe('docs/rules.md', () => {
  it('names every function, aggregation and operator of the subset', () => {
    const spans = new Set(named('PromQL'));
    const all = [...Object.keys(SIGNATURES), ...AGGREGATES, ...ARITHMETIC, ...COMPARISONS, ...SETS];
    assert.deepEqual(
      all.filter((name) => !spans.has(name)),
      [],
    );
  });

  it('names no function over a range that there is not', () => {
    const functions = named('PromQL').filter((span) => span.endsWith('_over_time'));
    assert.deepEqual(
      functions.filter((name) => !SIGNATURES[name]),
      [],
    );
  });

  it('names every function of templates', () => {
    const spans = new Set(named('Templates'));
    assert.deepEqual(
      FUNCTIONS.filter((name) => !spans.has(name)),
      [],
    );
  });
});
