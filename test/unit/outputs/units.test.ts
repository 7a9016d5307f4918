import assert from 'node:assert/strict';
import { type ApiPool, apiPools } from '../../../src/outputs/api.ts';
import { throttledShare, waitingShare, worstFirst } from '../../../src/outputs/columns.ts';
import { count, duration, percent, period, times } from '../../../src/outputs/units.ts';
import { pool, reading } from '../metrics/fixture.ts';

describe('numbers for people', () => {
  for (const [seconds, text] of [
    [0, '0 us'],
    [9.96e-7, '1.0 us'],
    [41e-6, '41 us'],
    [999.4e-6, '999 us'],
    [999.6e-6, '1.0 ms'],
    [4.8e-3, '4.8 ms'],
    [0.9996, '1.0 s'],
    [68.7, '69 s'],
    [null, null],
  ] as const) {
    it(`${seconds} s is ${text}`, () => assert.equal(duration(seconds), text));
  }

  it('are shares with their sign', () => {
    assert.deepEqual([0, 0.003, 0.0996, 0.62, 1, null].map(percent), ['0 %', '0.3 %', '10 %', '62 %', '100 %', null]);
    assert.equal(count(12_345), '12,345');
  });

  it('are multiples', () => {
    assert.deepEqual([1.0123, 9.99, 9.996, 99.96, null].map(times), ['x1.01', 'x9.99', 'x10.0', 'x100', null]);
  });

  it('are periods, rounded up', () => {
    const told = [0, 0.2, 119.5, 121, 236, 7200, 7201, 48 * 3600, 48 * 3600 + 1].map(period);
    assert.deepEqual(told, ['0 s', '1 s', '120 s', '3 min', '4 min', '120 min', '3 h', '48 h', '3 d']);
  });
});

describe('shares of a pool', () => {
  const [base] = apiPools(reading([pool()])).pools;
  const span = base!.recent!;
  const timed = (name: string, time: Partial<typeof span.timeSeconds>, demand: number): ApiPool => {
    const timeSeconds = { oncpu: 0, wakeup: 0, runqueue: 0, throttled: 0, blocked: 5, ...time };
    return { ...base!, pool: name, demand, recent: { ...span, timeSeconds } };
  };

  it('are of the time in which workers ran or wanted to', () => {
    const throttled = timed('a', { oncpu: 1, runqueue: 1, throttled: 2 }, 4);
    assert.equal(throttledShare(throttled), 0.5);
    assert.equal(waitingShare(throttled), 0.75);
  });

  it('do not exist where none wanted to', () => {
    assert.equal(throttledShare(timed('a', {}, 0)), null);
    assert.equal(waitingShare({ ...base!, recent: null }), 0);
  });

  it('put the pool first whose workers wait most, then go by name', () => {
    const pools = [
      timed('c', { oncpu: 5 }, 9),
      timed('b', { oncpu: 5 }, 1),
      timed('z', { oncpu: 1, runqueue: 4 }, 1),
      timed('y', { oncpu: 1, throttled: 4 }, 3),
    ];
    assert.deepEqual(
      worstFirst(pools).map((p) => p.pool),
      ['y', 'z', 'b', 'c'],
    );
  });
});
