import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CAUSES, explain } from '../../../src/attribution/explain.ts';
import { COMPONENTS } from '../../../src/decode/sample.ts';
import { CROWD, firstCause as first, OTHERS, SELF, type Situation, situation, USUAL as WAS, waits } from './cases.ts';

const shares = (of: Situation) =>
  Object.fromEntries(explain(situation(of)).findings.map(({ cause, share }) => [cause, Math.round(share * 100) / 100]));

describe('causes against a baseline', () => {
  it('are ranked by what grew, not by what is most', () => {
    const of = {
      parts: { oncpu: 20, blocked_io: 4, throttled: 2 },
      was: { parts: { oncpu: 19.9, blocked_io: 1, throttled: 1.5 } },
    };
    assert.deepEqual(Object.keys(shares(of)), ['disk-io', 'cpu-throttled', 'on-cpu']);
    assert.equal(shares(of)['disk-io'], 0.83);
  });

  it('let the greater of two faults win', () => {
    const both = (throttled: number, runqueue: number) =>
      first({ parts: { throttled, runqueue, oncpu: 2 }, stolen: OTHERS, signals: waits(1, 0.1), was: WAS });
    assert.equal(both(60, 6), 'cpu-throttled');
    assert.equal(both(4, 16), 'noisy-neighbour');
  });

  it('share a run queue between a neighbour and more requests', () => {
    const of = {
      ...{ parts: { runqueue: 10.3, oncpu: 2 }, stolen: { self: 5, 'a /': 5 }, requestsPerSecond: 2000, pool: CROWD },
      signals: waits(1.05, 3.05),
      was: { ...WAS, requestsPerSecond: 1000 },
    };
    assert.deepEqual(shares(of), { load: 0.53, 'noisy-neighbour': 0.47 });
  });

  it('share a queue by what each factor has grown', () => {
    const of = {
      ...{ parts: { queue: 10, oncpu: 1 }, each: { oncpu: 2, queue: 1 }, requestsPerSecond: 2000 },
      pool: { size: 4, cpuLimit: 8 },
      was: { parts: { oncpu: 1 }, each: { oncpu: 1 }, requestsPerSecond: 1000, signals: { size: 4 } },
    };
    assert.deepEqual(shares(of), { 'undersized-pool': 0.5, 'on-cpu': 0.5 });
  });
});

describe('a comparison that cannot be made', () => {
  const drifts = { parts: { oncpu: 2, runqueue: 6 }, stolen: OTHERS, was: WAS };

  it('is none without a baseline, or with one of a few requests', () => {
    assert.equal(explain(situation({ ...drifts, was: { ...WAS, requests: 3 } })).change, null);
    const unarmed = situation(drifts);
    assert.equal(explain({ ...unarmed, drift: { ...unarmed.drift!, baseline: null } }).change, null);
    assert.equal(explain({ ...unarmed, usual: null }).usual, null);
  });

  it('is none where all is as usual and no episode goes on', () => {
    const steady = { ...situation({ parts: { oncpu: 2.05, runqueue: 0.31 }, was: WAS }), episode: null };
    const drift = { ...steady.drift!, baseline: { ...steady.drift!.baseline!, p99Ns: steady.request!.p99Ns! } };
    const { change, wholeNs, findings } = explain({ ...steady, drift });
    assert.equal(change, null);
    assert.equal(wholeNs, steady.request!.tail!.meanNs);
    assert.equal(findings[0]!.cause, 'on-cpu');
  });

  it('is none in an episode whose slowest requests have lost in every part', () => {
    const { change, findings } = explain(situation({ parts: { oncpu: 2 }, was: { parts: { oncpu: 9, runqueue: 3 } } }));
    assert.equal(change, null);
    assert.deepEqual([findings[0]!.cause, findings[0]!.share], ['on-cpu', 1]);
  });

  it('knows who ran by the window alone where the baseline does not tell', () => {
    const { signals: _, ...was } = WAS;
    assert.equal(first({ ...drifts, was }), 'noisy-neighbour');
    assert.equal(first({ ...drifts, stolen: SELF, pool: CROWD, was }), 'oversized-pool');
  });

  it('takes an overlap of the parts for nothing gained', () => {
    const of = { parts: { oncpu: 4, unexplained: -1 }, was: { parts: { oncpu: 2, unexplained: -3 } } };
    assert.deepEqual(shares(of), { 'on-cpu': 1 });
    const gone = { parts: { oncpu: 4, unexplained: 1 }, was: { parts: { oncpu: 2, unexplained: -3 } } };
    assert.deepEqual(shares(gone), { 'on-cpu': 0.67, unexplained: 0.33 });
  });

  it('has shares that sum to 1, whatever is known', () => {
    const ms = fc.dictionary(
      fc.constantFrom(...COMPONENTS),
      fc.nat(1e6).map((us) => us / 1000),
    );
    const signals = fc.dictionary(
      fc.constantFrom(
        'oncpuWorkers',
        'gcCpus',
        'size',
        'workers',
        'hostStealCpus',
        'hostBusyCpus',
        'stolenBySelfWorkers',
      ),
      fc.double({ min: 0, max: 100, noNaN: true }),
    );
    const stolen = fc.dictionary(fc.constantFrom('self', 'unknown', 'kernel', 'a /'), fc.nat(9));
    const side = fc.record({
      parts: ms,
      each: ms,
      signals,
      requestsPerSecond: fc.double({ min: 0.01, max: 1e5, noNaN: true }),
    });
    fc.assert(
      fc.property(side, side, stolen, fc.option(fc.nat(64)), (now, was, thieves, size) => {
        const of = { ...now, was, stolen: thieves, pool: { size, cpuLimit: 2 }, gauges: { parallelism: 1 } };
        const { findings, wholeNs } = explain(situation(of as Situation));
        if (wholeNs === 0) return;
        const sum = findings.reduce((all, { share }) => all + share, 0);
        assert.ok(Math.abs(sum - 1) < 1e-6, `${sum}`);
        for (const { cause, ns } of findings) assert.ok(CAUSES.includes(cause) && ns > 0);
      }),
    );
  });
});
