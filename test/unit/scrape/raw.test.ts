import assert from 'node:assert/strict';
import { RAW_BYTES_MAX, RAW_MAX, RawSamples } from '../../../src/scrape/raw.ts';
import { TextParser } from '../../../src/scrape/text.ts';

const TEXT = `# HELP a A "thing"
# TYPE a counter
a_total{l="x",m="ü"} 4
a_total 5 1700000000
  ab{} 6 # {} 1
{"quoted.name"} 7
b NaN
`;

function raw(names: string[] | null, text = TEXT): RawSamples {
  const samples = new RawSamples(names && new Set(names));
  const parser = new TextParser(['b'], '', samples);
  parser.push(Buffer.from(text));
  parser.end(true);
  return samples;
}

describe('samples as they are sent', () => {
  it('are kept where their name is asked for', () => {
    assert.deepEqual(raw(['a_total', 'none']).list, [
      { name: 'a_total', labels: '{l="x",m="ü"}', value: 4 },
      { name: 'a_total', labels: '', value: 5 },
    ]);
    assert.deepEqual(raw([]).list, []);
    assert.deepEqual(
      raw(null).list.map(({ name, value }) => [name, value]),
      [
        ['a_total', 4],
        ['a_total', 5],
        ['ab', 6],
        ['b', Number.NaN],
      ],
    );
  });

  it('are counted as too many beyond the limit', () => {
    assert.equal(raw(['a'], 'a 1\n'.repeat(RAW_MAX)).overfull, false);
    const over = raw(['a'], 'a 1\n'.repeat(RAW_MAX + 1));
    assert.deepEqual([over.overfull, over.list.length], [true, RAW_MAX]);
    const line = `a{x="${'x'.repeat(RAW_BYTES_MAX / 64)}"} 1\n`;
    assert.equal(raw(['a'], line.repeat(63)).overfull, false);
    assert.equal(raw(['a'], line.repeat(64)).overfull, true);
  });
});
