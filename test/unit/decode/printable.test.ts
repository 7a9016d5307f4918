import assert from 'node:assert/strict';
import fc from 'fast-check';
import { printable } from '../../../src/decode/printable.ts';

const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

describe('printable', () => {
  const cases: [string, string | Uint8Array, string][] = [
    ['a plain name stays', 'nginx', 'nginx'],
    ['quotes and spaces stay', 'my "app" ünï', 'my "app" ünï'],
    ['a newline', 'a\nb', 'a\\x0ab'],
    ['a terminal escape', '\x1b[31mred', '\\x1b[31mred'],
    ['a C1 control', 'a\x9bb', 'a\\x9bb'],
    ['a right-to-left override', 'a\u202eb', 'a\\u{202e}b'],
    ['a backslash, so that escapes cannot be forged', '\\x1b', '\\\\x1b'],
    ['a lone surrogate', 'a\ud800b', 'a\\u{d800}b'],
    ['bytes up to the first zero', Buffer.from('redis\0rest'), 'redis'],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0xff, 0xc3, 0x28, 0xe2, 0x82]), 'a\\xff\\xc3(\\xe2\\x82'],
    ['valid UTF-8 beside invalid', Buffer.from([0xc3, 0xa9, 0x80]), 'é\\x80'],
    ['a replacement character that was really there', Buffer.from('\ufffd'), '\ufffd'],
  ];
  for (const [what, input, expected] of cases) it(what, () => assert.equal(printable(input), expected));

  it('cuts at 128 bytes, never within an escape', () => {
    const text = printable('\x01'.repeat(100));
    assert.equal(text, `${'\\x01'.repeat(31)}…`);
  });

  it('is harmless and bounded for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = printable(bytes);
        assert.ok(!HARMFUL.test(text), JSON.stringify(text));
        assert.ok(Buffer.byteLength(text) <= 128);
      }),
    );
  });

  it('keeps different short byte strings apart', () => {
    const short = fc.uint8Array({ maxLength: 16, min: 1 });
    fc.assert(fc.property(short, short, (a, b) => (printable(a) === printable(b)) === (Buffer.compare(a, b) === 0)));
  });
});
