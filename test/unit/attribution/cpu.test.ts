import assert from 'node:assert/strict';
import { CROWD, firstCause, OTHERS, QUIET, SELF, type Situation, USUAL as WAS, waits } from './cases.ts';

describe('causes of waits for a CPU, against a baseline', () => {
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
      'a hog that slows each request down as well',
      'noisy-neighbour',
      {
        ...{ parts: { oncpu: 2.6, runqueue: 6 }, each: { oncpu: 0.65 }, stolen: { self: 6, 'stress-ng /batch': 4 } },
        ...{ pool: CROWD, signals: waits(1.05, 1.6), was: { ...WAS, each: { oncpu: 0.5 } } },
      },
    ],
    [
      'requests that bring their threads, and a server that starts one for each',
      'load',
      {
        ...{
          parts: { oncpu: 2, runqueue: 8 },
          stolen: SELF,
          pool: { size: null, cpuLimit: 2 },
          requestsPerSecond: 2000,
        },
        ...{ signals: { ...waits(0.1, 6), workers: 66 }, gauges: { activeWorkers: 20 } },
        was: { ...WAS, requestsPerSecond: 1000, signals: { ...QUIET, workers: 32 } },
      },
    ],
    [
      'the same requests by more threads',
      'oversized-pool',
      {
        ...{ parts: { oncpu: 2, runqueue: 8 }, stolen: SELF, pool: { size: null, cpuLimit: 2 } },
        ...{ signals: { ...waits(0.1, 6), workers: 66 }, gauges: { activeWorkers: 20 } },
        was: { ...WAS, signals: { ...QUIET, workers: 6 } },
      },
    ],
    [
      'page faults, after each of which a worker waits for a CPU beside the same neighbours as ever',
      'memory-pressure',
      {
        ...{ parts: { oncpu: 2, runqueue: 23, blocked_fault: 8 }, each: { runqueue: 10, blocked_fault: 4 } },
        ...{ stolen: OTHERS, signals: { ...waits(2, 0.1), runqueueWorkers: 2.1, voluntaryPerSecond: 40_000 } },
        was: {
          ...{ parts: { oncpu: 2, runqueue: 3 }, each: { runqueue: 0.5 } },
          signals: { ...waits(0.1, 0.01), runqueueWorkers: 0.11, voluntaryPerSecond: 2000 },
        },
      },
    ],
    [
      'a hog beside workers that block as often as ever',
      'noisy-neighbour',
      {
        ...{ parts: { oncpu: 2, runqueue: 23, blocked_io: 1 }, each: { runqueue: 10, blocked_io: 0.2 } },
        ...{ stolen: OTHERS, signals: { ...waits(2, 0.1), runqueueWorkers: 2.1, voluntaryPerSecond: 2100 } },
        was: {
          ...{ parts: { oncpu: 2, runqueue: 3 }, each: { runqueue: 0.5 } },
          signals: { ...waits(0.1, 0.01), runqueueWorkers: 0.11, voluntaryPerSecond: 2000 },
        },
      },
    ],
  ] as const satisfies readonly [string, string, Situation][]) {
    it(`${name}: ${expected}`, () => assert.equal(firstCause(of), expected));
  }
});
