import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fileName } from '../../../src/state/name.ts';

describe('file names of pools', () => {
  it('are readable where the name is plain', () => {
    assert.equal(fileName('checkout-2.api'), 'checkout-2.api');
    assert.equal(fileName('nginx:8443'), 'nginx%3A8443');
    assert.equal(fileName('../../etc/passwd'), '%2E.%2F..%2Fetc%2Fpasswd');
    assert.equal(fileName('..'), '%2E.');
    assert.match(fileName(''), /^~[0-9a-f]{32}$/);
    assert.match(fileName('é'.repeat(200)), /^(%C3%A9){16}%C3%~[0-9a-f]{32}$/);
  });

  it('are plain, short, and another for each name', () => {
    const names = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: fc.constantFrom('a', '%', '.', '~', '/', '\0', '\ud800', '2', 'E'), maxLength: 12 }),
      fc.integer({ min: 190, max: 210 }).map((length) => 'a'.repeat(length)),
    );
    const check = (a: string, b: string) => {
      const [one, two] = [fileName(a), fileName(b)];
      assert.match(one, /^[\w%~-][\w.%~-]{0,199}$/);
      assert.equal(one === two, a === b);
    };
    fc.assert(fc.property(names, names, check), { numRuns: 5000 });
  });
});
