import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SHEDDABLE } from '../../../src/probes/types.ts';
import { DISPATCH_NS, judgedRatio, overheadRatio, Shedding } from '../../../src/windows/overhead.ts';

const LIMIT = 0.02;
const [HIGH, MIDDLE, LOW] = [0.021, 0.015, 0.0119];

/** Looks at each ratio in turn; what was switched, as "+part" for given up and "-part" for back again. */
function looks(shedding: Shedding<string>, ...ratios: number[]): string[] {
  return ratios.flatMap((ratio) => {
    const change = shedding.look(ratio);
    return change ? [`${change.off ? '+' : '-'}${change.part}`] : [];
  });
}

const times = (count: number, ratio: number) => Array<number>(count).fill(ratio);

describe('the overhead ratio', () => {
  it('programs, their dispatch and the daemon, over all CPUs', () => {
    const usage = { probes: { runs: 1_000_000, runNs: 64_000_000 }, daemonNs: 20_000_000, cpus: 4 };
    assert.equal(overheadRatio(usage), (64e6 + 1e6 * DISPATCH_NS + 20e6) / 4e9);
  });

  it('all of one CPU is 1', () => {
    assert.equal(overheadRatio({ probes: { runs: 0, runNs: 4e8 }, daemonNs: 6e8, cpus: 1 }), 1);
  });
});

describe('what giving up is judged by', () => {
  const usage = (probesNs: number) => ({ probes: { runs: 0, runNs: probesNs }, daemonNs: 1e9, cpus: 10 });

  it('all of it, where the probes have a part in it', () => {
    assert.equal(judgedRatio(usage(0.03e9), 0.02), 0.103);
  });

  it('the probes alone, where the daemon is what costs', () => {
    assert.equal(judgedRatio(usage(0.01e9), 0.02), 0.001);
  });
});

describe('shedding', () => {
  it('the parts in their order: thieves first', () => {
    const shedding = new Shedding(SHEDDABLE, LIMIT);
    assert.deepEqual(looks(shedding, ...times(10, HIGH)), ['+thieves', '+files', '+requests']);
    assert.deepEqual(shedding.off, SHEDDABLE);
  });

  it('two looks over the limit in a row, not one', () => {
    const shedding = new Shedding(['a', 'b'], LIMIT);
    assert.deepEqual(looks(shedding, HIGH, MIDDLE, HIGH, LOW, HIGH), []);
    assert.deepEqual(looks(shedding, HIGH), ['+a']);
    assert.deepEqual(looks(shedding, HIGH), [], 'each part has its own two');
    assert.deepEqual(looks(shedding, HIGH), ['+b']);
  });

  it('exactly at the limit is not over it', () => {
    assert.deepEqual(looks(new Shedding(['a'], LIMIT), ...times(5, LIMIT)), []);
  });

  it('back after five looks well below, the last given up first', () => {
    const shedding = new Shedding(['a', 'b'], LIMIT);
    looks(shedding, ...times(4, HIGH));
    assert.deepEqual(shedding.off, ['a', 'b']);
    assert.deepEqual(looks(shedding, ...times(4, LOW), MIDDLE, ...times(4, LOW)), [], 'not in a row');
    assert.deepEqual(looks(shedding, LOW), ['-b']);
    assert.deepEqual(shedding.off, ['a']);
    assert.deepEqual(looks(shedding, ...times(5, LOW)), ['-a']);
    assert.deepEqual(looks(shedding, ...times(20, LOW)), []);
  });

  it('between the two marks nothing moves', () => {
    const shedding = new Shedding(['a', 'b'], LIMIT);
    looks(shedding, HIGH, HIGH);
    assert.deepEqual(looks(shedding, ...times(100, MIDDLE)), []);
    assert.deepEqual(shedding.off, ['a']);
  });

  it('a new limit holds from the next look', () => {
    const shedding = new Shedding(['a'], LIMIT);
    shedding.limit = 0.5;
    assert.deepEqual(looks(shedding, ...times(5, HIGH)), []);
    shedding.limit = 0.001;
    assert.deepEqual(looks(shedding, LOW, LOW), ['+a']);
  });

  it('any ratios: a prefix of the order is off, one part a look, no part flaps within five looks', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 0.05, noNaN: true })), (ratios) => {
        const shedding = new Shedding(['a', 'b', 'c'], LIMIT);
        const off: string[] = [];
        let shedAt = -5;
        for (const [i, ratio] of ratios.entries()) {
          const change = shedding.look(ratio);
          if (change?.off) off.push(change.part);
          else if (change) assert.equal(off.pop(), change.part);
          if (change && !change.off) assert.ok(i - shedAt >= 5, 'came back too soon');
          if (change?.off) shedAt = i;
          assert.deepEqual(shedding.off, off);
        }
      }),
    );
  });
});
