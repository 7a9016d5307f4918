import assert from 'node:assert/strict';
import { CAUSES } from '../../../src/attribution/explain.ts';
import type { JudgedPool } from '../../../src/attribution/judged.ts';
import { partsOf } from '../../../src/decode/request_counts.ts';
import { DOUBTS, type Exemplar } from '../../../src/decode/sample.ts';
import { type ApiExplain, apiExplain } from '../../../src/outputs/explain.ts';
import { DOUBT_WORDS } from '../../../src/outputs/words.ts';
import { Windows } from '../../../src/windows/windows.ts';
import { type Situation, situation } from '../attribution/cases.ts';
import { type Fixture, pool, reading } from '../metrics/fixture.ts';

const NOW = { atMs: Date.UTC(2026, 10, 20, 9, 30), host: { name: 'node-17', cpus: 8 }, shed: [] };
const NOTHING = partsOf(0, () => 0);
const answer = (of: JudgedPool): ApiExplain => apiExplain(of, NOW);
const whole = (fixture: Fixture = {}, index = 0) => answer(reading([pool()], fixture).pools[index]!);
const found = (of: Situation) => answer(situation(of));
const near = (actual: number | null, expected: number) =>
  assert.ok(actual !== null && Math.abs(actual - expected) <= 0.016 * expected, `${actual}, not ${expected}`);

/** INTERFACE.md's example: names and forms are a contract. */
const CONTRACT = {
  pool: 'string',
  at: 'string',
  windowSeconds: 'number',
  requests: 'number',
  trusted: 'boolean',
  p99Seconds: 'number',
  p99Interval: 'object',
  baselineP99Seconds: 'null',
  driftRatio: 'null',
  drifting: 'boolean',
  since: 'null',
  tailMeanSeconds: 'number',
  baselineTailMeanSeconds: 'null',
  budget: 'object',
  causes: 'object',
  verdict: 'string',
} as const;

describe('the explanation of a pool', () => {
  it('has the fields that users depend on', () => {
    const document = JSON.parse(JSON.stringify(whole())) as Record<string, unknown>;
    for (const [key, form] of Object.entries(CONTRACT))
      assert.equal(document[key] === null ? 'null' : typeof document[key], form, key);
    assert.equal(document.at, '2026-11-20T09:30:00.000Z');
    assert.equal(document.drifting, false);
  });

  it('carries the window', () => {
    const { windowSeconds, requests, requestsPerSecond, p50Seconds, p99Seconds, p99LastByteSeconds, source } = whole();
    assert.deepEqual([windowSeconds, requests, requestsPerSecond, source], [10, 12_040, 1204, 'kernel']);
    near(p50Seconds, 0.9e-3);
    near(p99Seconds, 11.2e-3);
    near(p99LastByteSeconds, 11e-3);
  });

  it('has a budget that sums to the mean of the tail', () => {
    const { budget, tailMeanSeconds, tailRequests } = whole();
    const sum = budget.reduce((all, { seconds }) => all + seconds, 0);
    assert.ok(Math.abs(sum - tailMeanSeconds!) < 1e-12);
    assert.equal(tailRequests, 121);
    const runqueue = budget.find(({ component }) => component === 'runqueue')!;
    assert.ok(Math.abs(runqueue.seconds - 5.8e-3) < 1e-9 && runqueue.baselineSeconds === null);
  });

  it('ranks causes with their share, and names the thief', () => {
    const { causes, verdict } = whole();
    assert.equal(verdict, 'noisy-neighbour');
    assert.deepEqual(
      causes.map(({ cause }) => cause),
      ['noisy-neighbour', 'on-cpu', 'downstream', 'undersized-pool', 'lock-contention'],
    );
    assert.ok(Math.abs(causes[0]!.confidence - 5.84 / 11.2) < 1e-9);
    assert.deepEqual(causes[0]!.thief, { comm: 'stress-ng', cgroup: '/batch/report.service', stolenSeconds: 18 });
    assert.equal(causes[1]!.thief, undefined);
  });

  it('is silent where no request came, and says so', () => {
    const { requests, p99Seconds, p99Interval, tailMeanSeconds, budget, causes, verdict, next, trusted, ruledOut } =
      whole({
        requests: [],
      });
    assert.deepEqual([requests, p99Seconds, p99Interval, tailMeanSeconds], [0, null, null, null]);
    assert.deepEqual([budget, causes, ruledOut, verdict, next, trusted], [[], [], [], null, null, true]);
  });

  it('tells unmeasured from silent', () => {
    assert.deepEqual([whole({ measured: false }).source, whole({ measured: false }).trusted], [null, false]);
    assert.equal(whole({}, 1).source, null);
  });

  it('carries the connections', () => {
    const { connections } = whole();
    assert.deepEqual([connections!.segmentsSent, connections!.retransmits, connections!.connects], [13_000, 260, 50]);
    near(connections!.rttP50Seconds, 20.4e-3);
    near(connections!.connectP99Seconds, 20.2e-3);
    assert.equal(whole({ measured: false }).connections, null);
  });
});

describe('evidence', () => {
  const hog = { 'stress-ng /batch/report.service': 9.6, self: 0.4 };
  for (const [name, of, sentence, next] of [
    [
      'a quota',
      { parts: { throttled: 80, oncpu: 0.3 }, pool: { size: 24, cpuLimit: 1 }, gauges: { demand: 3.9 } },
      'Throttled is 80.0 of 80.3 ms. It may use 1.0 CPUs; its workers ask for 3.9.',
      'Raise its quota, or set its size to 1: fewer workers spend it less at once',
    ],
    [
      'a quota below one CPU',
      { parts: { throttled: 80 }, pool: { size: 24, cpuLimit: 0.5 }, gauges: { demand: null } },
      'Throttled is 80.0 of 80.0 ms. It may use 0.5 CPUs; how many its workers ask for is not known.',
      'Raise its quota',
    ],
    [
      'one thief',
      { parts: { runqueue: 5.8, wakeup: 0.1, oncpu: 5.3 }, stolen: hog },
      'Run queue is 5.9 of 11.2 ms. While workers waited, stress-ng (/batch/report.service) was on their CPUs 96 % of the time: 9.6 s stolen in the last 10 s.',
      'Move stress-ng (/batch/report.service) to other CPUs, or weigh it down',
    ],
    [
      'several thieves',
      { parts: { runqueue: 5, wakeup: 5 }, stolen: { 'a /': 1, 'b /': 2, 'c /': 3 } },
      'Wake-up and run queue are 10.0 of 10.0 ms. While workers waited, others were on their CPUs 100 % of the time, most of all c: 3.0 s stolen in the last 10 s.',
      'Move c to other CPUs, or weigh it down',
    ],
    [
      'thieves with no name',
      { parts: { runqueue: 5 }, stolen: { other: 1 } },
      'Run queue is 5.00 of 5.00 ms. While workers waited, others were on their CPUs 100 % of the time.',
      'Move them to other CPUs, or weigh them down',
    ],
    [
      'kernel threads',
      { parts: { runqueue: 5 }, stolen: { kernel: 1 } },
      'Run queue is 5.00 of 5.00 ms. While workers waited, kernel threads were on their CPUs 100 % of the time: 1.0 s stolen in the last 10 s.',
      'Look at what the kernel does there: top -H shows its threads',
    ],
    [
      'too many workers',
      { parts: { runqueue: 5 }, stolen: { self: 9, 'a /': 1 }, pool: { size: 8, cpuLimit: 2 } },
      'Run queue is 5.00 of 5.00 ms. While workers waited, others of the pool were on their CPUs 90 % of the time: 8 workers share 2.0 CPUs.',
      'Try 2 workers: more only wait for each other',
    ],
    [
      'busy workers',
      { parts: { queue: 9, oncpu: 1 }, pool: { cpuLimit: 2 }, gauges: { parallelism: 1 } },
      'Queue is 9.0 of 10.0 ms. Its workers were busy with other requests, while 1.0 of 2.0 CPUs are in use.',
      'Add workers: there are CPUs for them',
    ],
    [
      'no room',
      { parts: { queue: 9, oncpu: 1 }, pool: { cpuLimit: 2 }, gauges: { parallelism: 1.9 } },
      'Queue is 9.0 of 10.0 ms. Its own requests fill its CPUs: 1.9 of 2.0 CPUs are in use.',
      'More CPUs or hosts, or less work for each request: more workers would only wait',
    ],
    [
      'workers that meet while CPUs are free',
      {
        parts: { runqueue: 5 },
        stolen: { self: 9, 'a /': 3 },
        pool: { size: 5, cpuLimit: 2 },
        gauges: { activeWorkers: 2, parallelism: 1 },
      },
      'Run queue is 5.00 of 5.00 ms. While workers waited, others of the pool were on their CPUs 75 % of the time, though only 1.0 of 2.0 CPUs are in use.',
      'Find out what its parts stand for',
    ],
    [
      'clients that send slowly',
      { parts: { blocked_network: 9, oncpu: 1 }, last: 0.1 },
      'Network is 9.0 of 10.0 ms. The rest of these requests came late: from their last byte on, P99 is 1.1 ms.',
      'Look at the clients and the way from them; a proxy that buffers requests spares the workers',
    ],
    [
      'nobody known',
      { parts: { runqueue: 5, blocked_sleep: 3, unexplained: 1 }, stolen: { unknown: 3, self: 0.5, kernel: 0.5 } },
      'Run queue, sleep and unexplained are 9.00 of 9.00 ms. Who was on their CPUs meanwhile is not known for 75 % of the time.',
      'Find out what its parts stand for',
    ],
  ] as const satisfies readonly [string, Situation, string, string][]) {
    it(name, () => {
      const { causes, next: advised } = found(of);
      assert.equal(causes[0]!.evidence, sentence);
      assert.equal(advised, next);
    });
  }

  it('names the processes to look at, the last eight at most', () => {
    const next = (tgids: number[]) => found({ parts: { oncpu: 1 }, pool: { tgids } }).next;
    assert.equal(next([]), 'Profile it: perf record -g -p PID');
    assert.equal(next([10, 11, 12]), 'Profile it: perf record -g -p 10,11,12');
    const many = Array.from({ length: 20 }, (_, i) => i + 1);
    assert.equal(next(many), 'Profile it: perf record -g -p 13,14,15,16,17,18,19,20');
  });

  it('is there for each cause, with words for each doubt', () => {
    const parts = { oncpu: 1, throttled: 1, queue: 1, blocked_lock: 1, blocked_io: 1, blocked_epoll: 1 };
    const all = found({ parts: { ...parts, blocked_fault: 1, blocked_other: 1, runqueue: 1 }, stolen: hog });
    assert.equal(all.causes.length, CAUSES.length - 5); // run queue, queue, network and on-CPU have one cause at a time each
    for (const { evidence } of all.causes) assert.match(evidence, /^[A-Z].* 1\.00 of 9\.00 ms\./);
    for (const doubt of DOUBTS) assert.ok(DOUBT_WORDS[doubt].length > 5);
  });
});

describe('what it is not', () => {
  const not = (of: Situation) => Object.fromEntries(found(of).ruledOut.map(({ cause, evidence }) => [cause, evidence]));

  it('is what has no time to speak of', () => {
    assert.deepEqual(not({ parts: { oncpu: 10, queue: 0.2 } }), {
      'cpu-throttled': 'nothing throttled',
      'noisy-neighbour': 'no wait for a CPU',
      'oversized-pool': 'no wait for a CPU',
      'undersized-pool': 'queue 200 us',
      'lock-contention': 'no lock',
      'disk-io': 'no io',
      downstream: 'no network',
      'memory-pressure': 'no page fault',
    });
  });

  it('is the neighbour where its own workers were in the way', () => {
    const own = { parts: { runqueue: 9 }, stolen: { self: 9, 'a /': 1 }, pool: { size: 8, cpuLimit: 2 } };
    assert.equal(not(own)['noisy-neighbour'], 'others had the CPUs 10 % of that time');
    assert.equal(not(own)['oversized-pool'], undefined);
  });

  it('is too large a pool where the size fits', () => {
    const fits = { parts: { runqueue: 9 }, stolen: { 'a /': 1 }, pool: { size: 8, cpuLimit: 8 } };
    assert.equal(not(fits)['oversized-pool'], '8 workers, 8.0 CPUs');
    assert.equal(not({ ...fits, pool: { size: 9, cpuLimit: 8 } })['oversized-pool'], undefined);
    assert.equal(not({ parts: { throttled: 9 }, pool: { size: 9, cpuLimit: 8 } })['oversized-pool'], undefined);
  });

  it('is neither where nobody knows who ran', () => {
    const ruled = not({ parts: { runqueue: 9 }, stolen: { unknown: 1 }, pool: { size: 9, cpuLimit: 8 } });
    assert.deepEqual([ruled['noisy-neighbour'], ruled['oversized-pool']], [undefined, undefined]);
  });

  it('is too few workers where no CPU is free', () => {
    const full = { parts: { queue: 9 }, pool: { cpuLimit: 2 }, gauges: { parallelism: 1.9 } };
    assert.equal(not(full)['undersized-pool'], '1.9 of 2.0 CPUs in use');
  });
});

describe('slow requests of a pool', () => {
  const slow = (latencyNs: number): Exemplar => ({
    pool: 0,
    tid: 7,
    port: 8080,
    atNs: 1e9,
    latencyNs,
    partNs: { ...NOTHING, queue: 1e6, unexplained: latencyNs - 1e6 },
    moved: true,
  });

  it('come with the parts that they have', () => {
    const [first] = answer({ ...reading([pool()]).pools[0]!, exemplars: [slow(3e6)] }).exemplars;
    assert.equal(first!.seconds, 0.003);
    assert.deepEqual(first!.budget, [
      { component: 'queue', seconds: 0.001 },
      { component: 'unexplained', seconds: 0.002 },
    ]);
    assert.ok(first!.moved && first!.secondsAgo >= 0);
  });

  it('are the last sixteen', () => {
    const windows = new Windows({ windowNs: 1e10, intervalNs: 5e9, thieves: 10, thiefName: String });
    for (let i = 1; i <= 20; i++) windows.note(slow(i * 1e6));
    const kept = windows.read(pool(), null).exemplars;
    assert.deepEqual([kept.length, kept[0]!.latencyNs, kept.at(-1)!.latencyNs], [16, 5e6, 20e6]);
  });
});

describe('what is given up for the overhead', () => {
  it('is said, a sentence each', () => {
    const { notes } = apiExplain(reading([pool()]).pools[0]!, { ...NOW, shed: ['thieves', 'requests'] });
    assert.match(notes[0]!, /Who ran while workers waited is not recorded/);
    assert.match(notes[1]!, /Requests are not measured now/);
  });
});
