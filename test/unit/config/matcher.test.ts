import assert from 'node:assert/strict';
import { glob, matcher } from '../../../src/config/matcher.ts';
import { seconds, size } from '../../../src/config/scalar.ts';

describe('matcher', () => {
  it('is exact without slashes', () => {
    assert.ok(matcher('node').test('node'));
    assert.ok(!matcher('node').test('nodejs'));
    assert.ok(matcher('/').test('/'));
  });

  it('is an unanchored regular expression between slashes', () => {
    assert.ok(matcher('/role=w/').test('x --role=worker'));
    assert.ok(!matcher('/^role/').test('x role'));
    assert.ok(matcher('/a.b/').test('a\nb'));
  });

  it('looks at 4 KiB only', () => {
    assert.ok(matcher('/x/').test(`${' '.repeat(4095)}x`));
    assert.ok(!matcher('/x/').test(`${' '.repeat(4096)}x`));
  });

  it('is not hung by an expression that backtracking engines choke on', () => {
    const started = performance.now();
    assert.ok(!matcher('/(a+)+$/').test(`${'a'.repeat(4000)}b`));
    assert.ok(performance.now() - started < 2000);
  });
});

describe('glob', () => {
  const cases: [string, string, boolean][] = [
    ['/usr/bin/node', '/usr/bin/node', true],
    ['/usr/bin/node', '/usr/bin/node2', false],
    ['/usr/*/node', '/usr/bin/node', true],
    ['/usr/*/node', '/usr/local/bin/node', false],
    ['/usr/**/node', '/usr/local/bin/node', true],
    ['/usr/**/node', '/usr/node', true],
    ['/usr/**/node', '/usrnode', false],
    ['/kubepods/**', '/kubepods/a/b', true],
    ['/kubepods/**', '/kubepodsx', false],
    ['**/node', '/opt/node', true],
    ['/a.b', '/axb', false],
    ['/v?', '/v1', true],
    ['/v?', '/v/', false],
    ['/a(b)+[c]', '/a(b)+[c]', true],
  ];
  for (const [pattern, path, expected] of cases)
    it(`${pattern} ${expected ? 'takes' : 'refuses'} ${path}`, () => assert.equal(glob(pattern).test(path), expected));
});

describe('units', () => {
  it('durations in seconds', () => {
    assert.deepEqual(['500ms', '5s', '1m', '1h30m', '2d', '1w'].map(seconds), [0.5, 5, 60, 5400, 172_800, 604_800]);
    assert.deepEqual(['', '5', '5 s', '-5s', '1.5s', 's'].map(seconds), Array(6).fill(undefined));
  });

  it('sizes in bytes', () => {
    assert.deepEqual(['7', '7B', '1KiB', '64MiB', '2 GiB'].map(size), [7, 7, 1024, 67_108_864, 2_147_483_648]);
    assert.deepEqual(['', 'MiB', '1MB', '-1', '1.5MiB'].map(size), Array(5).fill(undefined));
  });
});
