import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CAUSES, explain } from '../../../src/attribution/explain.ts';
import { COMPONENTS } from '../../../src/decode/sample.ts';
import { type Situation, situation } from './cases.ts';

const first = (of: Situation) => explain(situation(of)).findings[0]?.cause;
const shares = (of: Situation) =>
  Object.fromEntries(explain(situation(of)).findings.map(({ cause, share }) => [cause, Math.round(share * 100) / 100]));

const QUIET = { stolenByOthersWorkers: 0.05, stolenBySelfWorkers: 0.05 };
const WAS = { parts: { oncpu: 2, runqueue: 0.3 }, signals: QUIET };
const SELF = { self: 9, 'a /': 1 };
const OTHERS = { 'stress-ng /batch': 9, self: 1 };
const CROWD = { size: 8, cpuLimit: 2 };
const waits = (others: number, self: number) => ({ stolenByOthersWorkers: others, stolenBySelfWorkers: self });

describe('causes against a baseline', () => {
  for (const [name, expected, of] of [
    [
      'a hog',
      'noisy-neighbour',
      { parts: { oncpu: 2.2, runqueue: 6 }, stolen: OTHERS, signals: waits(1, 0.1), was: WAS },
    ],
    [
      'a hog behind which its own workers queue up',
      'noisy-neighbour',
      {
        ...{ parts: { oncpu: 2, runqueue: 6 }, stolen: { self: 7, 'stress-ng /batch': 3 }, pool: CROWD },
        ...{ signals: waits(0.5, 1.2), was: WAS },
      },
    ],
    [
      'a hog whose victims make a queue',
      'noisy-neighbour',
      {
        ...{ parts: { oncpu: 2, queue: 6, runqueue: 3 }, stolen: OTHERS, signals: waits(1, 0.1) },
        was: { parts: { oncpu: 2, queue: 0.5, runqueue: 0.2 }, signals: QUIET },
      },
    ],
    ['a quota', 'cpu-throttled', { parts: { oncpu: 2, throttled: 40 }, pool: { size: 2, cpuLimit: 1 }, was: WAS }],
    [
      'a quota that came while many workers were there already',
      'cpu-throttled',
      {
        ...{ parts: { oncpu: 2, throttled: 40 }, pool: { size: 24, cpuLimit: 1 }, signals: { workers: 28 } },
        was: { ...WAS, signals: { size: 24, workers: 28, cpuLimitCpus: 2 } },
      },
    ],
    [
      'more requests into a quota',
      'cpu-throttled',
      {
        ...{ parts: { oncpu: 2, throttled: 40 }, pool: { size: 2, cpuLimit: 1 }, requestsPerSecond: 2000 },
        was: { ...WAS, requestsPerSecond: 1000 },
      },
    ],
    [
      'GOMAXPROCS 24 on a quota of 1',
      'oversized-pool',
      {
        ...{ parts: { oncpu: 2, throttled: 40, queue: 9 }, each: { oncpu: 1, throttled: 2, queue: 1 } },
        pool: { size: 24, cpuLimit: 1 },
        was: { parts: { oncpu: 2 }, each: { oncpu: 1 }, signals: { size: 1, cpuLimitCpus: 1 } },
      },
    ],
    [
      'a size that is not known, and more threads on the same quota',
      'oversized-pool',
      {
        ...{ parts: { oncpu: 2, throttled: 40 }, pool: { size: null, cpuLimit: 1 }, signals: { workers: 28 } },
        was: { ...WAS, signals: { workers: 6, cpuLimitCpus: 1 } },
      },
    ],
    [
      'a size that was raised, and a quota that was cut more',
      'cpu-throttled',
      {
        ...{ parts: { oncpu: 2, throttled: 40 }, pool: { size: 4, cpuLimit: 0.5 } },
        was: { ...WAS, signals: { size: 2, cpuLimitCpus: 2 } },
      },
    ],
    [
      'more threads than CPUs',
      'oversized-pool',
      {
        ...{ parts: { oncpu: 2, runqueue: 8 }, stolen: SELF, pool: { size: 32, cpuLimit: 2 } },
        ...{ signals: waits(0.1, 6), gauges: { activeWorkers: 20 }, was: { ...WAS, signals: { ...QUIET, size: 2 } } },
      },
    ],
    [
      'more requests for many threads',
      'load',
      {
        ...{ parts: { oncpu: 2, runqueue: 8 }, stolen: SELF, pool: CROWD, requestsPerSecond: 2000 },
        ...{ signals: waits(0.1, 6), gauges: { activeWorkers: 8 } },
        was: { ...WAS, requestsPerSecond: 1000, signals: { ...QUIET, size: 8 } },
      },
    ],
    [
      'requests that take more CPU time, and so wait for each other',
      'on-cpu',
      {
        ...{ parts: { oncpu: 4, runqueue: 8 }, each: { oncpu: 2 }, stolen: SELF, pool: CROWD, signals: waits(0.1, 6) },
        was: { ...WAS, each: { oncpu: 0.5 } },
      },
    ],
    [
      'more of the same requests than workers are there for, with CPUs free',
      'undersized-pool',
      {
        ...{ parts: { oncpu: 2, queue: 8 }, each: { oncpu: 1, queue: 2 }, requestsPerSecond: 2000 },
        ...{ pool: { size: 2, cpuLimit: 8 }, signals: { oncpuWorkers: 1.9 } },
        was: { parts: { oncpu: 2, queue: 1 }, each: { oncpu: 1, queue: 0.1 }, requestsPerSecond: 1000 },
      },
    ],
    [
      'more of the same requests than CPUs are there for',
      'load',
      {
        ...{ parts: { oncpu: 2, queue: 8 }, each: { oncpu: 1, queue: 2 }, requestsPerSecond: 2000 },
        ...{ pool: { size: 2, cpuLimit: 2 }, signals: { oncpuWorkers: 1.9 } },
        was: { parts: { oncpu: 2, queue: 1 }, each: { oncpu: 1, queue: 0.1 }, requestsPerSecond: 1000 },
      },
    ],
    [
      'more of the same requests on a host whose CPUs are all in use',
      'load',
      {
        ...{ parts: { oncpu: 2, queue: 8 }, each: { oncpu: 1, queue: 2 }, requestsPerSecond: 2000 },
        ...{ pool: { size: 2, cpuLimit: 8 }, signals: { oncpuWorkers: 1, hostBusyCpus: 7.9, hostCpus: 8 } },
        was: { parts: { oncpu: 2, queue: 1 }, each: { oncpu: 1, queue: 0.1 }, requestsPerSecond: 1000 },
      },
    ],
    [
      'fewer workers',
      'undersized-pool',
      {
        ...{ parts: { oncpu: 2, queue: 8 }, each: { oncpu: 1 }, pool: { size: 1, cpuLimit: 8 } },
        was: { parts: { oncpu: 2, queue: 1 }, each: { oncpu: 1 }, signals: { size: 4 } },
      },
    ],
    [
      'a queue behind requests that take more CPU time',
      'on-cpu',
      {
        ...{ parts: { oncpu: 4, queue: 20 }, each: { oncpu: 2, queue: 5 }, pool: { size: 1, cpuLimit: 8 } },
        was: { parts: { oncpu: 2, queue: 1 }, each: { oncpu: 0.8, queue: 0.2 } },
      },
    ],
    [
      'a queue behind workers that wait for a disk',
      'disk-io',
      {
        ...{ parts: { oncpu: 2, blocked_io: 3, queue: 20 }, each: { oncpu: 1, blocked_io: 3, queue: 5 } },
        was: { parts: { oncpu: 2, queue: 1 }, each: { oncpu: 1, blocked_io: 0.1, queue: 0.2 } },
      },
    ],
    [
      'a queue behind workers that a quota holds',
      'cpu-throttled',
      {
        ...{
          parts: { oncpu: 2, throttled: 8, queue: 20 },
          each: { oncpu: 1, throttled: 3, queue: 5 },
          pool: { size: 1, cpuLimit: 0.5 },
        },
        was: { parts: { oncpu: 2, queue: 1 }, each: { oncpu: 1, queue: 0.2 } },
      },
    ],
    [
      'blocking workers that all have a request, and more come',
      'undersized-pool',
      {
        ...{ parts: { blocked_network: 30, oncpu: 1 }, each: { blocked_network: 9, oncpu: 1 } },
        ...{ pool: { kind: 'generic' as const, size: 10 }, requestsPerSecond: 1000 },
        was: { parts: { blocked_network: 9, oncpu: 1 }, requestsPerSecond: 500 },
      },
    ],
    [
      'an event loop that has as many requests in progress',
      'downstream',
      {
        ...{ parts: { blocked_epoll: 30, oncpu: 1 }, each: { blocked_epoll: 9, oncpu: 1 } },
        ...{ pool: { kind: 'node' as const, size: 1 }, requestsPerSecond: 1000 },
        was: { parts: { blocked_epoll: 9, oncpu: 1 }, requestsPerSecond: 500 },
      },
    ],
    ['a lock', 'lock-contention', { parts: { oncpu: 2, blocked_lock: 9 }, was: WAS }],
    ['a disk', 'disk-io', { parts: { oncpu: 2, blocked_io: 9 }, was: WAS }],
    [
      'a disk beside a memory limit that nobody feels',
      'disk-io',
      {
        ...{
          parts: { oncpu: 2, blocked_io: 9 },
          signals: { memoryLimitHitsPerSecond: 90, memoryRefaultsPerSecond: 0 },
        },
        was: { ...WAS, signals: { memoryLimitHitsPerSecond: 0, memoryRefaultsPerSecond: 0 } },
      },
    ],
    [
      'pages that a memory limit has thrown out',
      'memory-pressure',
      {
        parts: { oncpu: 2, blocked_io: 9, blocked_fault: 1 },
        signals: { memoryLimitHitsPerSecond: 90, memoryRefaultsPerSecond: 400 },
        was: { ...WAS, signals: { memoryLimitHitsPerSecond: 0, memoryRefaultsPerSecond: 0 } },
      },
    ],
    [
      'looking for memory at the limit',
      'memory-pressure',
      {
        ...{ parts: { oncpu: 12 }, signals: { memoryStalledSomeRatio: 0.3 } },
        was: { ...WAS, signals: { memoryStalledSomeRatio: 0 } },
      },
    ],
    [
      'a limit that is met as usual',
      'on-cpu',
      {
        ...{ parts: { oncpu: 12 }, signals: { memoryLimitHitsPerSecond: 90, memoryRefaultsPerSecond: 40 } },
        was: { ...WAS, signals: { memoryLimitHitsPerSecond: 80, memoryRefaultsPerSecond: 40 } },
      },
    ],
    ['pages of a file', 'memory-pressure', { parts: { oncpu: 2, blocked_fault: 9 }, was: WAS }],
    ['a slow service', 'downstream', { parts: { oncpu: 2, blocked_network: 9 }, was: WAS }],
    ['a slow service behind an event loop', 'downstream', { parts: { oncpu: 2, blocked_epoll: 9 }, was: WAS }],
    [
      'a way that loses',
      'network',
      {
        ...{
          parts: { oncpu: 2, blocked_network: 99 },
          signals: { segmentsSentPerSecond: 900, retransmitsPerSecond: 30 },
        },
        was: { ...WAS, signals: { segmentsSentPerSecond: 900, retransmitsPerSecond: 0.1 } },
      },
    ],
    [
      'a way that loses as much as ever',
      'downstream',
      {
        ...{
          parts: { oncpu: 2, blocked_network: 99 },
          signals: { segmentsSentPerSecond: 900, retransmitsPerSecond: 30 },
        },
        was: { ...WAS, signals: { segmentsSentPerSecond: 900, retransmitsPerSecond: 25 } },
      },
    ],
    [
      'a connect that lost its SYN',
      'network',
      {
        ...{ parts: { oncpu: 2, blocked_network: 99 }, signals: { connectP99Ns: 1.02e9 } },
        was: { ...WAS, signals: { connectP99Ns: 1e6 } },
      },
    ],
    ['clients that send slowly', 'network', { parts: { oncpu: 2, blocked_network: 9 }, last: 0.1, was: WAS }],
    ['its own code', 'on-cpu', { parts: { oncpu: 9, runqueue: 0.3 }, was: WAS }],
    [
      'a collector',
      'gc-pause',
      {
        ...{ parts: { oncpu: 9 }, signals: { oncpuWorkers: 2, gcCpus: 1.1 } },
        was: { ...WAS, signals: { oncpuWorkers: 0.8, gcCpus: 0.05 } },
      },
    ],
    [
      'a collector that takes what it always takes',
      'on-cpu',
      {
        ...{ parts: { oncpu: 9 }, signals: { oncpuWorkers: 2, gcCpus: 0.5 } },
        was: { ...WAS, signals: { oncpuWorkers: 0.8, gcCpus: 0.5 } },
      },
    ],
    [
      'workers that wait for the threads of a collector',
      'gc-pause',
      {
        ...{ parts: { oncpu: 2, runqueue: 9 }, stolen: SELF, pool: CROWD },
        signals: { ...waits(0.1, 6), oncpuWorkers: 2, gcCpus: 1.2 },
        was: { ...WAS, signals: { ...QUIET, oncpuWorkers: 0.7, gcCpus: 0.02 } },
      },
    ],
    [
      'a collector that has the threads stand still',
      'gc-pause',
      {
        ...{ parts: { oncpu: 2, blocked_lock: 40 }, each: { oncpu: 1 } },
        ...{ signals: { gcPauseRatio: 0.04, gcCyclesPerSecond: 1 }, pool: { kind: 'jvm' as const } },
        was: { ...WAS, signals: { gcPauseRatio: 0.001, gcCyclesPerSecond: 0.2 } },
      },
    ],
    [
      'a hypervisor that gives the CPU to others',
      'cpu-steal',
      {
        ...{ parts: { oncpu: 9 }, signals: { hostStealCpus: 2, hostBusyCpus: 0.6, hostCpus: 4 } },
        was: { ...WAS, signals: { hostStealCpus: 0, hostBusyCpus: 0.6, hostCpus: 4 } },
      },
    ],
    [
      'waits of which nobody knows who ran',
      'unexplained',
      { parts: { oncpu: 2, runqueue: 9 }, stolen: { unknown: 9, self: 1 }, signals: waits(0.1, 0.2), was: WAS },
    ],
    ['sleep', 'unexplained', { parts: { oncpu: 2, blocked_sleep: 9 }, was: WAS }],
  ] as const satisfies readonly [string, string, Situation][]) {
    it(`${name}: ${expected}`, () => assert.equal(first(of), expected));
  }

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
      signals: waits(3.05, 1.05),
      was: { ...WAS, requestsPerSecond: 1000 },
    };
    assert.deepEqual(shares(of), { 'noisy-neighbour': 0.75, load: 0.25 });
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
    const ms = fc.dictionary(fc.constantFrom(...COMPONENTS), fc.double({ min: 0, max: 1000, noNaN: true }));
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
