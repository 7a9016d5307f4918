import assert from 'node:assert/strict';
import type { Cause } from '../../../src/attribution/explain.ts';
import type { JudgedPool } from '../../../src/attribution/judged.ts';
import { apiExplain } from '../../../src/outputs/explain.ts';
import { EPISODE, OTHERS, SELF, type Situation, situation, waits } from '../attribution/cases.ts';

const NOW = { atMs: Date.UTC(2026, 10, 20, 9, 30), host: { name: 'node-17', cpus: 8 }, shed: [] };
const answer = (judged: JudgedPool) => apiExplain(judged, NOW);
const found = (of: Situation) => answer(situation(of));
const WAS = { parts: { oncpu: 2, runqueue: 0.5 }, signals: waits(0.05, 0.05) };
const HOG = { parts: { oncpu: 2, runqueue: 6.5 }, stolen: OTHERS, signals: waits(1, 0.05), was: WAS };

describe('the explanation of a drift', () => {
  it('has what users depend on', () => {
    const { baselineP99Seconds, p99Seconds, driftRatio, drifting, since, ...rest } = found(HOG);
    assert.equal(baselineP99Seconds, p99Seconds! / 2);
    assert.deepEqual([driftRatio, drifting, since], [2, true, '2026-11-20T09:29:40.000Z']);
    assert.deepEqual([rest.tailMeanSeconds, rest.baselineTailMeanSeconds, rest.gainedSeconds], [0.0085, 0.0025, 0.006]);
    const runqueue = rest.budget.find(({ component }) => component === 'runqueue');
    assert.deepEqual(runqueue, { component: 'runqueue', seconds: 0.0065, baselineSeconds: 0.0005 });
    assert.deepEqual([rest.verdict, rest.causes[0]!.confidence, rest.settledAt], ['noisy-neighbour', 1, null]);
  });

  it('keeps the verdict that the episode was settled on, and says what leads now', () => {
    const episode = { ...EPISODE, cause: 'disk-io' as const, settledMs: EPISODE.sinceMs + 10_000 };
    const { verdict, causes, notes, next, settledAt, ruledOut } = answer({ ...situation(HOG), episode });
    assert.deepEqual([verdict, causes[0]!.cause], ['disk-io', 'noisy-neighbour']);
    assert.equal(settledAt, '2026-11-20T09:29:50.000Z');
    assert.equal(notes[0], 'Settled on disk-io at 09:29:50; now noisy-neighbour leads.');
    assert.match(next!, /^Look at the disk/);
    assert.ok(!ruledOut.some(({ cause }) => cause === 'disk-io'));
  });

  it('advises about a neighbour that has gone meanwhile', () => {
    const gone = situation({ parts: { oncpu: 9 }, was: WAS });
    const episode = { ...EPISODE, cause: 'noisy-neighbour' as const, thief: 'stress-ng', settledMs: EPISODE.sinceMs };
    assert.equal(answer({ ...gone, episode }).next, 'Move stress-ng to other CPUs, or weigh it down');
  });

  it('says where the baseline is young, and where nothing has grown', () => {
    const judged = situation({ parts: { oncpu: 1 }, was: { parts: { oncpu: 5 } } });
    const baseline = { ...judged.drift!.baseline!, seconds: 720, young: true };
    const { notes, gainedSeconds } = answer({ ...judged, drift: { ...judged.drift!, baseline } });
    assert.equal(gainedSeconds, null);
    assert.deepEqual(notes.slice(0, 3), [
      'Its cause is settled when the whole window lies after the onset.',
      'The baseline covers only 12 min so far: small drifts wait until it is complete.',
      'No part of the slowest 1 % has grown: the causes are shares of it as it is.',
    ]);
  });

  it('rules out by what was gained', () => {
    const of = { ...HOG, parts: { ...HOG.parts, blocked_network: 3.1, throttled: 0.2 } };
    const { ruledOut } = found({ ...of, was: { ...WAS, parts: { ...WAS.parts, blocked_network: 3, throttled: 0.2 } } });
    const not = Object.fromEntries(ruledOut.map(({ cause, evidence }) => [cause, evidence]));
    assert.deepEqual([not.downstream, not['cpu-throttled']], ['network +100 us', 'throttled as usual']);
    assert.deepEqual([not['disk-io'], not['oversized-pool']], ['no io', '8 workers, 8.0 CPUs']);
  });
});

describe('evidence of a drift', () => {
  for (const [cause, sentence, of] of [
    [
      'noisy-neighbour',
      'Run queue is 6.00 of the 6.00 ms gained. While workers waited, stress-ng (/batch) was on their CPUs 90 % of the time: 9.0 s stolen in the last 10 s.',
      HOG,
    ],
    [
      'cpu-throttled',
      'Throttled is 40.0 of the 40.0 ms gained. It may use 1.0 CPUs; its workers ask for 7.0. Usually it may use 4.0 CPUs. 2,000 requests/s come, usually 1,204.',
      {
        ...{ parts: { oncpu: 2, throttled: 40 }, requestsPerSecond: 2000, pool: { size: 1, cpuLimit: 1 } },
        was: { ...WAS, signals: { cpuLimitCpus: 4 } },
      },
    ],
    [
      'oversized-pool',
      'Throttled is 40.0 of the 40.0 ms gained. 24 workers spend a quota of 1.0 CPUs at once. Usually its size is 1.',
      {
        ...{ parts: { oncpu: 2, throttled: 40 }, pool: { size: 24, cpuLimit: 1 } },
        was: { ...WAS, signals: { size: 1, cpuLimitCpus: 1 } },
      },
    ],
    [
      'load',
      'Queue is 8.00 of the 8.00 ms gained. Its own requests fill its CPUs: 3.0 of 2.0 CPUs are in use. 2,000 requests/s come, usually 1,000.',
      {
        ...{
          parts: { oncpu: 1, queue: 8 },
          each: { oncpu: 1 },
          requestsPerSecond: 2000,
          pool: { size: 2, cpuLimit: 2 },
        },
        was: { parts: { oncpu: 1 }, each: { oncpu: 1 }, requestsPerSecond: 1000 },
      },
    ],
    [
      'undersized-pool',
      'Queue is 8.00 of the 8.00 ms gained. Its workers were busy with other requests, while 3.0 of 8.0 CPUs are in use. Usually its size is 4. 7.0 connections a second find its accept queue full.',
      {
        ...{ parts: { oncpu: 1, queue: 8 }, each: { oncpu: 1 }, pool: { size: 2 } },
        ...{
          signals: { acceptOverflowsPerSecond: 7 },
          was: { parts: { oncpu: 1 }, each: { oncpu: 1 }, signals: { size: 4 } },
        },
      },
    ],
    [
      'on-cpu',
      'On-CPU is 7.00 of the 7.00 ms gained. That is its own code, with the interrupts in between. A request takes 2.0 ms of CPU time, usually 1.0 ms.',
      { parts: { oncpu: 9 }, each: { oncpu: 2 }, was: { ...WAS, each: { oncpu: 1 } } },
    ],
    [
      'network',
      'Network is 90.0 of the 90.0 ms gained. 3.0 % (usually 0.1 %) of its segments are sent again. Its connects take up to 1.0 s.',
      {
        parts: { oncpu: 2, blocked_network: 90 },
        signals: { segmentsSentPerSecond: 1000, retransmitsPerSecond: 30, connectP99Ns: 1.02e9 },
        was: { ...WAS, signals: { segmentsSentPerSecond: 1000, retransmitsPerSecond: 1 } },
      },
    ],
    [
      'memory-pressure',
      'Io is 9.00 of the 9.00 ms gained. Its cgroup meets its limit of 64 MiB 90 times a second, and 400 pages a second are read back.',
      {
        parts: { oncpu: 2, blocked_io: 9 },
        signals: { memoryLimitBytes: 2 ** 26, memoryLimitHitsPerSecond: 90, memoryRefaultsPerSecond: 400 },
        was: { ...WAS, signals: { memoryLimitHitsPerSecond: 0, memoryRefaultsPerSecond: 0 } },
      },
    ],
    [
      'gc-pause',
      'On-CPU is 6.13 of the 7.00 ms gained. The garbage collector takes 1.10 CPUs (usually 0.05), in 9.0 cycles a second; 0.70 of them are assists of requests.',
      {
        ...{ parts: { oncpu: 9 }, signals: { oncpuWorkers: 2, gcCpus: 1.1, gcAssistCpus: 0.7, gcCyclesPerSecond: 9 } },
        was: { ...WAS, signals: { oncpuWorkers: 0.8, gcCpus: 0.05 } },
      },
    ],
    [
      'cpu-steal',
      "On-CPU is 6.92 of the 7.00 ms gained. The hypervisor gave others 50 % (usually 0 %) of the host's CPU time.",
      {
        ...{ parts: { oncpu: 9 }, signals: { hostStealCpus: 2, hostBusyCpus: 0.6, hostCpus: 4 } },
        was: { ...WAS, signals: { hostStealCpus: 0, hostBusyCpus: 0.6, hostCpus: 4 } },
      },
    ],
    [
      'unexplained',
      'Run queue is 6.00 of the 6.00 ms gained. Who was on their CPUs meanwhile is not known for 90 % of the time.',
      { ...HOG, stolen: { unknown: 9, self: 0.5, 'a /': 0.5 } },
    ],
  ] as const satisfies readonly [Cause, string, Situation][]) {
    it(cause, () => {
      const { causes, next } = found(of);
      assert.deepEqual([causes[0]!.cause, causes[0]!.evidence], [cause, sentence]);
      assert.ok(next!.length > 10);
    });
  }

  it('tells workers that stand in their own way', () => {
    const { causes } = found({ ...HOG, stolen: SELF, signals: waits(0.05, 3), pool: { size: 8, cpuLimit: 2 } });
    assert.equal(causes[0]!.cause, 'oversized-pool');
    assert.match(
      causes[0]!.evidence,
      /others of the pool were on their CPUs 90 % of the time: 8 workers share 2.0 CPUs\.$/,
    );
  });
});
