import assert from 'node:assert/strict';
import fc from 'fast-check';
import { liveU64At, plainU64At, s64At, u64At } from '../../../src/decode/words.ts';
import { interleaved } from './interleave.ts';

function memory(value: bigint): Int32Array {
  return new Int32Array(BigInt64Array.of(7n, value, -1n).buffer);
}

const exact = fc.bigInt({ min: 0n, max: 2n ** 53n });

describe('64-bit values from 32-bit words', () => {
  it('unsigned ones, exact to 2^53', () => {
    fc.assert(
      fc.property(exact, (value) => {
        for (const read of [u64At, plainU64At, liveU64At]) assert.equal(read(memory(value), 2), Number(value));
      }),
    );
  });

  it('unsigned ones beyond: the nearest Number', () => {
    const all = 2n ** 64n - 1n;
    assert.equal(u64At(memory(BigInt.asIntN(64, all)), 2), Number(all));
    assert.equal(liveU64At(memory(-(2n ** 63n)), 2), 2 ** 63);
  });

  it('signed ones', () => {
    const signed = fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n });
    fc.assert(fc.property(signed, (value) => assert.equal(s64At(memory(value), 2), Number(value))));
  });
});

describe('a value that is written meanwhile', () => {
  const [BEFORE, AFTER] = [0x1_ffff_fff0n, 0x2_0000_0010n];

  function readsOf(read: (words: Int32Array, at: number) => number): number[] {
    const words = memory(BEFORE);
    const values = new BigInt64Array(words.buffer);
    const write = (value: bigint) => () => {
      values[1] = value;
    };
    return interleaved(() => read(words, 2), write(AFTER), write(BEFORE));
  }

  it('is as before or as after, wherever the writer comes in', () => {
    const reads = readsOf(liveU64At);
    assert.deepEqual(new Set(reads), new Set([Number(BEFORE), Number(AFTER)]));
    assert.ok(reads.length >= 3, 'a turn after each of its loads');
  });

  it('tears where nothing guards it', () => {
    const torn = readsOf(u64At).filter((value) => value !== Number(BEFORE) && value !== Number(AFTER));
    assert.deepEqual(torn, [0x1_0000_0010]);
  });
});
