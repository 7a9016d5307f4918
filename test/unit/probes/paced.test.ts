import assert from 'node:assert/strict';
import { paced } from '../../../src/probes/paced.ts';

describe('a paced call', () => {
  it('is made as often as its share of the time allows', () => {
    let [wallMs, cpuMs, costMs, calls] = [1000, 0, 50, 0];
    const work = () => {
      wallMs += 200; // others had the CPU meanwhile
      cpuMs += costMs;
      return ++calls;
    };
    const call = paced(work, 0.01, { wallMs: () => wallMs, cpuMs: () => cpuMs });
    assert.equal(call(), 1);
    wallMs += 4999;
    assert.equal(call(), 1);
    wallMs += 1;
    costMs = 0;
    assert.deepEqual([call(), call(), call()], [2, 3, 4], 'what costs nothing is made each time');
  });

  it('that fails is made again', () => {
    let calls = 0;
    const call = paced(() => {
      if (calls++ === 0) throw new Error('not now');
      return calls;
    }, 0.01);
    assert.throws(call, /not now/);
    assert.equal(call(), 2);
  });

  it('takes CPU time as the kernel tells it', () => {
    let calls = 0;
    const call = paced(() => {
      for (const until = performance.now() + 20; performance.now() < until; );
      return ++calls;
    }, 0.01);
    assert.deepEqual([call(), call()], [1, 1]);
  });
});
