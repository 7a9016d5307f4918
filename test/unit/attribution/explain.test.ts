import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CAUSES, dominant, explain } from '../../../src/attribution/explain.ts';
import { rivalsOf } from '../../../src/attribution/rivals.ts';
import { COMPONENTS } from '../../../src/decode/sample.ts';
import { pool, reading } from '../metrics/fixture.ts';
import { type Situation, situation } from './cases.ts';

const causes = (of: Situation) => explain(situation(of)).findings.map(({ cause }) => cause);
const HOG = { 'stress-ng /batch/report.service': 9, self: 1 };
const WAITED = { runqueue: 8, wakeup: 0.5, oncpu: 1 };

describe('causes', () => {
  for (const [name, of, expected] of [
    ['a quota', { parts: { throttled: 80, oncpu: 1 } }, ['cpu-throttled', 'on-cpu']],
    ['a hog on the CPUs', { parts: WAITED, stolen: HOG }, ['noisy-neighbour', 'on-cpu']],
    ['kernel threads', { parts: WAITED, stolen: { kernel: 5 } }, ['noisy-neighbour', 'on-cpu']],
    ['thieves over the cap', { parts: WAITED, stolen: { other: 5, self: 4 } }, ['noisy-neighbour', 'on-cpu']],
    [
      'more workers than CPUs',
      { parts: WAITED, stolen: { self: 9, 'a /': 1 }, pool: { size: 8, cpuLimit: 2 } },
      ['oversized-pool', 'on-cpu'],
    ],
    [
      'more threads than CPUs, of a size not known',
      { parts: WAITED, stolen: { self: 9 }, pool: { size: null, cpuLimit: 2 } },
      ['oversized-pool', 'on-cpu'],
    ],
    [
      'one worker on half a CPU is not too many',
      { parts: WAITED, stolen: { self: 9 }, pool: { size: 1, cpuLimit: 0.5 } },
      ['load', 'on-cpu'],
    ],
    [
      'as many workers as CPUs, all busy',
      { parts: WAITED, stolen: { self: 9 }, pool: { size: 2, cpuLimit: 2 } },
      ['load', 'on-cpu'],
    ],
    [
      'workers that meet while CPUs are free',
      { parts: WAITED, stolen: { self: 9 }, pool: { size: 5, cpuLimit: 2 }, gauges: { activeWorkers: 2 } },
      ['unexplained', 'on-cpu'],
    ],
    ['nobody known', { parts: WAITED, stolen: { unknown: 6, 'a /': 5 } }, ['unexplained', 'on-cpu']],
    [
      'workers that take turns, of whom a sample is known',
      { parts: WAITED, stolen: { unknown: 98, self: 1.95, 'a /': 0.05 }, pool: { size: 9, cpuLimit: 2 } },
      ['oversized-pool', 'on-cpu'],
    ],
    [
      'a sample of less than a hundredth',
      { parts: WAITED, stolen: { unknown: 200, self: 1 } },
      ['unexplained', 'on-cpu'],
    ],
    ['a CPU that wakes up', { parts: { wakeup: 2, oncpu: 1 }, stolen: { idle: 3 } }, ['unexplained', 'on-cpu']],
    ['no time of thieves', { parts: WAITED }, ['unexplained', 'on-cpu']],
    [
      'busy workers, and CPUs free',
      { parts: { queue: 9, oncpu: 1 }, pool: { cpuLimit: 2 }, gauges: { parallelism: 1 } },
      ['undersized-pool', 'on-cpu'],
    ],
    [
      'busy workers, and no CPU free',
      { parts: { queue: 9, oncpu: 1 }, pool: { cpuLimit: 2 }, gauges: { parallelism: 1.9 } },
      ['load', 'on-cpu'],
    ],
    ['a lock', { parts: { blocked_lock: 9, oncpu: 1 } }, ['lock-contention', 'on-cpu']],
    ['a disk', { parts: { blocked_io: 9, oncpu: 1 } }, ['disk-io', 'on-cpu']],
    ['clients that send slowly', { parts: { blocked_network: 8, oncpu: 1 }, last: 0.1 }, ['network', 'on-cpu']],
    ['a service behind it', { parts: { blocked_network: 4, blocked_epoll: 4, oncpu: 1 } }, ['downstream', 'on-cpu']],
    ['pages that come in', { parts: { blocked_fault: 9, oncpu: 1 } }, ['memory-pressure', 'on-cpu']],
    ['its own code', { parts: { oncpu: 9, queue: 1 } }, ['on-cpu', 'undersized-pool']],
    [
      'sleep, and what nobody knows',
      { parts: { blocked_sleep: 5, unexplained: 4, oncpu: 1 } },
      ['unexplained', 'on-cpu'],
    ],
  ] as const satisfies readonly [string, Situation, readonly string[]][]) {
    it(name, () => assert.deepEqual(causes(of), expected));
  }

  it('have shares that sum to 1, the greatest first', () => {
    const parts = fc.dictionary(fc.constantFrom(...COMPONENTS), fc.integer({ min: 1, max: 1000 }), { minKeys: 1 });
    const stolen = fc.dictionary(fc.constantFrom('self', 'unknown', 'kernel', 'a /', 'b /b'), fc.nat(9));
    fc.assert(
      fc.property(parts, stolen, fc.option(fc.nat(9)), fc.nat(9), (split, thieves, size, cpus) => {
        const of = { parts: split, stolen: thieves, pool: { size, cpuLimit: cpus }, gauges: { parallelism: 1 } };
        const { findings } = explain(situation(of));
        const sum = findings.reduce((all, { share }) => all + share, 0);
        assert.ok(Math.abs(sum - 1) < 1e-9, `${sum}`);
        for (const [i, { cause, ns }] of findings.entries()) {
          assert.ok(CAUSES.includes(cause));
          assert.ok(ns > 0 && (i === 0 || ns <= findings[i - 1]!.ns));
        }
      }),
    );
  });

  it('name the thief of a noisy neighbour alone', () => {
    const { findings } = explain(situation({ parts: WAITED, stolen: HOG }));
    assert.deepEqual(
      findings.map(({ thief }) => thief),
      [{ comm: 'stress-ng', cgroup: '/batch/report.service', stolenNs: 9e9 }, null],
    );
    assert.equal(explain(situation({ parts: WAITED, stolen: { other: 3 } })).findings[0]!.thief, null);
  });

  it('leave out an overlap of the parts', () => {
    const { findings, tail } = explain(situation({ parts: { oncpu: 10, unexplained: -2 } }));
    assert.deepEqual([findings.length, tail!.meanNs], [1, 8e6]);
  });

  it('are none without a tail', () => {
    const [, late] = reading([pool()]).pools;
    const explanation = explain(late!);
    assert.deepEqual(explanation, { tail: null, usual: null, change: null, wholeNs: 0, findings: [], rivals: null });
    assert.equal(dominant(explanation), null);
  });
});

describe('dominant part', () => {
  it('is the greatest with its share', () => {
    assert.deepEqual(dominant(explain(situation({ parts: { oncpu: 1, throttled: 3 } }))), {
      component: 'throttled',
      share: 0.75,
    });
  });
});

describe('rivals', () => {
  const rivals = (stolen: Record<string, number>) => rivalsOf(situation({ stolen }).stolen.window);

  it('sum to what workers waited', () => {
    const found = rivals({ self: 1, unknown: 2, idle: 3, kernel: 4, other: 5, 'a b /c': 6, 'hog ?': 0 })!;
    assert.deepEqual([found.waitedNs, found.selfNs, found.unknownNs, found.othersNs], [21e9, 1e9, 5e9, 15e9]);
    assert.deepEqual(found.thief, { comm: 'a b', cgroup: '/c', stolenNs: 6e9 });
  });

  it('are not known where nobody waited', () => {
    assert.equal(rivals({}), null);
    assert.equal(rivals({ other: 0 }), null);
  });

  it('may be kernel threads', () => assert.equal(rivals({ kernel: 4, 'a /': 3 })!.thief!.comm, 'kernel threads'));
});
