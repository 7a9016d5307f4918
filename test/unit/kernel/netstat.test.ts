import assert from 'node:assert/strict';
import { counterIn, listenOverflows } from '../../../src/kernel/netstat.ts';

const TEXT = `TcpExt: SyncookiesSent ListenOverflows ListenDrops
TcpExt: 1 22 333
IpExt: InNoRoutes ListenOverflows
IpExt: 4 5
`;

describe('counters of a network namespace', () => {
  it('are found by group and name', () => {
    assert.equal(counterIn(TEXT, 'TcpExt', 'ListenOverflows'), 22);
    assert.equal(counterIn(TEXT, 'IpExt', 'ListenOverflows'), 5);
  });

  for (const [group, name] of [
    ['TcpExt', 'Nothing'],
    ['Tcp', 'ListenOverflows'],
    ['TcpExt', 'TcpExt:'],
  ] as const) {
    it(`${group} ${name}: not there`, () => assert.equal(counterIn(TEXT, group, name), null));
  }

  it('of this process, and of one that is gone', () => {
    assert.ok(Number.isInteger(listenOverflows(process.pid)));
    assert.equal(listenOverflows(2 ** 22 + 1), null);
  });
});
