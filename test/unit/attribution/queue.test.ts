import assert from 'node:assert/strict';
import { firstCause, type Situation } from './cases.ts';

describe('causes of a queue, against a baseline', () => {
  for (const [name, expected, of] of [
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
        ...{
          pool: { size: 2, cpuLimit: 8 },
          signals: { oncpuWorkers: 1, hostBusyCpus: 7.9, hostCpus: 8, runqueueWorkers: 0.5 },
        },
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
    [
      'a queue behind the threads of a collector',
      'gc-pause',
      {
        ...{ parts: { oncpu: 3, queue: 14 }, each: { oncpu: 0.5, queue: 1 }, requestsPerSecond: 200 },
        ...{ pool: { size: 2, cpuLimit: 2 }, signals: { oncpuWorkers: 1, gcCpus: 0.7, size: 2 } },
        was: {
          ...{ parts: { oncpu: 2 }, each: { oncpu: 0.5 }, requestsPerSecond: 200 },
          signals: { oncpuWorkers: 0.2, gcCpus: 0.01, size: 2 },
        },
      },
    ],
    [
      'a queue of a pool that has less to do, and idles as before',
      'undersized-pool',
      {
        ...{ parts: { oncpu: 2, queue: 14 }, each: { oncpu: 0.5 }, requestsPerSecond: 100 },
        ...{ pool: { size: 2, cpuLimit: 8 }, signals: { oncpuWorkers: 0.3, size: 2 } },
        was: {
          ...{ parts: { oncpu: 2 }, each: { oncpu: 0.5 }, requestsPerSecond: 900 },
          signals: { oncpuWorkers: 0.5, size: 2 },
        },
      },
    ],
  ] as const satisfies readonly [string, string, Situation][]) {
    it(`${name}: ${expected}`, () => assert.equal(firstCause(of), expected));
  }
});
