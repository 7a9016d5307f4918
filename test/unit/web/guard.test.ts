import assert from 'node:assert/strict';
import { addressUrl, exposure, formatAddress, isLoopback, parseAddress } from '../../../src/web/address.ts';
import { hostAllowed, originAllowed } from '../../../src/web/guard.ts';

describe('Host header', () => {
  for (const [header, allowed] of [
    ['localhost', true],
    ['LOCALHOST:10435', true],
    ['127.0.0.1:10435', true],
    ['[::1]:10435', true],
    ['[fe80::1]', true],
    ['10.0.0.7', true],
    ['node-17', true],
    ['Node-17.:1', true],
    ['node-17.evil.example', false],
    ['localhost.evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['[::1', false],
    ['[node-17]', false],
    ['a@localhost', false],
    ['localhost:10435/x', false],
    ['', false],
    [undefined, false],
  ] as const) {
    it(`${header} ${allowed ? 'passes' : 'is refused'}`, () => assert.equal(hostAllowed(header, ['node-17']), allowed));
  }
});

describe('Origin header', () => {
  for (const [origin, host, allowed] of [
    [undefined, 'a:1', true],
    ['http://a:1', 'a:1', true],
    ['https://[::1]:1', '[::1]:1', true],
    ['http://a:2', 'a:1', false],
    ['http://a', 'a:1', false],
    ['null', 'a:1', false],
    ['file://', 'a:1', false],
  ] as const) {
    it(`${origin} at ${host}`, () => assert.equal(originAllowed(origin, host), allowed));
  }
});

describe('listen address', () => {
  for (const [text, host, port] of [
    ['127.0.0.1:10435', '127.0.0.1', 10435],
    ['[::1]:80', '::1', 80],
    ['[::]:0', '::', 0],
    [':9', null, 9],
    ['node-17:65535', 'node-17', 65535],
  ] as const) {
    it(text, () => {
      assert.deepEqual(parseAddress(text), { host, port });
      assert.equal(formatAddress({ host, port }), text);
    });
  }

  for (const text of ['', '10435', '127.0.0.1', '::1:80', '[127.0.0.1]:80', 'a:65536', 'http://a:80', 'a:-1', '[::1]'])
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseAddress(text), RangeError));

  it('has a URL that can be opened', () => {
    assert.equal(addressUrl({ host: null, port: 1 }, false), 'http://127.0.0.1:1/');
    assert.equal(addressUrl({ host: '::', port: 1 }, true), 'https://[::1]:1/');
  });

  it('is warned of beyond loopback without TLS and a password', () => {
    const none = { tls: false, auth: false };
    for (const text of ['127.0.0.1:1', '127.9.9.9:1', '[::1]:1', 'localhost:1'])
      assert.equal(exposure(parseAddress(text), none), null);
    assert.match(exposure(parseAddress(':1'), none)!, /without TLS or a password: it shows .*process ids/);
    assert.match(exposure(parseAddress('0.0.0.0:1'), { tls: true, auth: false })!, /without a password/);
    assert.equal(exposure(parseAddress('0.0.0.0:1'), { tls: true, auth: true }), null);
    assert.equal(isLoopback('127.evil.example'), false);
  });
});
