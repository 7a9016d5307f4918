import assert from 'node:assert/strict';
import { CROWD, firstCause, QUIET, SELF, type Situation, USUAL as WAS, waits } from './cases.ts';

describe('causes of blocking and of more CPU time, against a baseline', () => {
  for (const [name, expected, of] of [
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
      {
        parts: { oncpu: 2, runqueue: 9 },
        stolen: { unknown: 9, self: 0.5, 'a /': 0.5 },
        signals: waits(0.1, 0.2),
        was: WAS,
      },
    ],
    ['sleep', 'unexplained', { parts: { oncpu: 2, blocked_sleep: 9 }, was: WAS }],
  ] as const satisfies readonly [string, string, Situation][]) {
    it(`${name}: ${expected}`, () => assert.equal(firstCause(of), expected));
  }
});
