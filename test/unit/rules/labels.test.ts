import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cutText, TEXT_BYTES_MAX } from '../../../src/rules/cut.ts';
import { compareLabels, Labels } from '../../../src/rules/labels.ts';
import { compareBytes } from '../../../src/rules/order.ts';

/** Text with characters from both sides of the surrogates. */
const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'é', '\u{ffff}', '\u{e000}', '\u{10000}', '😀', '"', '\\', '\n'),
});

describe('labels', () => {
  it('are ordered as their UTF-8 bytes', () => {
    const bytes = (a: string, b: string) => Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    fc.assert(fc.property(text, text, (a, b) => Math.sign(compareBytes(a, b)) === bytes(a, b)));
    assert.ok('\u{ffff}' > '😀' && compareBytes('\u{ffff}', '😀') < 0, "JavaScript's own order is another");
  });

  it('have one text and one hash in whatever order they came', () => {
    const set = fc.dictionary(text, text, { maxKeys: 6 });
    const shuffled = set.chain((labels) => {
      const entries = Object.entries(labels);
      return fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length }));
    });
    fc.assert(
      fc.property(shuffled, ([entries, others]) => {
        assert.equal(Labels.of(entries).text, Labels.of(others).text);
        assert.equal(Labels.of(entries).hash, Labels.of(others).hash);
      }),
    );
  });

  it('that differ have texts that differ', () => {
    const pairs = fc.dictionary(text, text, { maxKeys: 3 });
    fc.assert(
      fc.property(pairs, pairs, (a, b) => {
        const [x, y] = [Labels.of(a), Labels.of(b)];
        assert.equal(x.text === y.text, compareLabels(x, y) === 0);
      }),
    );
  });

  it('escape quotes, backslashes and newlines, and quote names that are none', () => {
    assert.equal(Labels.of({ b: 'x"\\\n', a: '😀', 'c.d': '1' }).text, '{a="😀",b="x\\"\\\\\\n","c.d"="1"}');
    assert.equal(Labels.of({ __name__: 'up', job: 'a' }).series, 'up{job="a"}');
    assert.equal(Labels.of({ __name__: 'up' }).series, 'up');
  });

  it('hash to what they always have', () => {
    assert.equal(Labels.of({ pool: 'checkout', alertname: 'Süd 😀' }).hash, HASH);
    assert.equal(Labels.of({ lone: '\ud800' }).hash, Labels.of({ lone: '\ufffd' }).hash);
  });

  it('without a value are none', () => {
    const labels = Labels.of({ a: '1', b: '' });
    assert.equal(labels.get('b'), '');
    assert.equal(labels.with([['a', '']]).text, '{}');
    assert.equal(labels.keep(['b']).text, '{}');
    assert.equal(labels.without(['b']), labels);
  });
});

/** The first 16 digits that sha256sum gives for `{alertname="Süd 😀",pool="checkout"}`. */
const HASH = '8eaf9f37c1206c20';

describe('long text', () => {
  it('is cut to a number of bytes, never inside a character', () => {
    fc.assert(
      fc.property(fc.nat(8), fc.constantFrom('a', 'é', '…', '😀'), (lead, letter) => {
        const cut = cutText('x'.repeat(lead) + letter.repeat(1_000_000));
        assert.ok(Buffer.byteLength(cut) <= TEXT_BYTES_MAX && Buffer.byteLength(cut) > TEXT_BYTES_MAX - 8);
        assert.match(cut, new RegExp(`^x*${letter}+…$`, 'u'));
      }),
      { numRuns: 20 },
    );
  });

  it('of just the allowed length stays', () => {
    assert.equal(cutText('é'.repeat(TEXT_BYTES_MAX / 2)), 'é'.repeat(TEXT_BYTES_MAX / 2));
  });
});
