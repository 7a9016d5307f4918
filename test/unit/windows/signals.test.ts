import assert from 'node:assert/strict';
import { SignalWindow } from '../../../src/windows/signal_window.ts';
import { RATES, type SignalSources, type Signals, signalsBetween, signalsOf } from '../../../src/windows/signals.ts';
import { aroundAfter, pool, SECOND_NS, sampleAfter, tcpAfter } from '../metrics/fixture.ts';

/** The fixture's pool after so many seconds. */
function signalsAfter(seconds: number, change: Partial<SignalSources> = {}): Signals {
  const { surroundings, gc } = aroundAfter(pool(), seconds);
  const sources = { pool: pool(), sample: sampleAfter(seconds), tcp: tcpAfter(seconds), activeWorkers: 6 };
  return signalsOf({ ...sources, surroundings, gc, ...change });
}

/** Scraped at `scrapeSeconds`. */
function scraped(seconds: number, scrapeSeconds: number): Signals {
  return signalsAfter(seconds, { gc: aroundAfter(pool(), scrapeSeconds).gc });
}

const rounded = (rates: Record<string, number | null>) =>
  Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, rate && Number(rate.toFixed(6))]));

describe('signals between two moments', () => {
  it('are rates a second, mean workers and CPUs, shares of the time; gauges of the later moment', () => {
    const { rttP50Ns, connectP99Ns, ...rates } = signalsBetween(signalsAfter(10), signalsAfter(14))!;
    assert.deepEqual(rounded(rates), {
      seconds: 4,
      oncpuWorkers: 3,
      wakeupWorkers: 0.1,
      runqueueWorkers: 2,
      throttledWorkers: 1.9,
      stolenByOthersWorkers: 1.85,
      stolenBySelfWorkers: 0.15,
      blockedWorkers: 1,
      blockedLockWorkers: 0.25,
      blockedEpollWorkers: 0.5,
      blockedNetworkWorkers: 0.25,
      blockedIoWorkers: 0,
      blockedSleepWorkers: 0,
      blockedFaultWorkers: 0,
      blockedOtherWorkers: 0,
      voluntaryPerSecond: 900,
      involuntaryPerSecond: 100,
      migrationsPerSecond: 9,
      segmentsSentPerSecond: 1300,
      retransmitsPerSecond: 26,
      connectsPerSecond: 5,
      connectFailuresPerSecond: 0,
      acceptOverflowsPerSecond: 0,
      quotaPeriodsPerSecond: 10,
      quotaThrottledPeriodsPerSecond: 9,
      quotaThrottledCpus: 2,
      memoryLimitHitsPerSecond: 0,
      memoryRefaultsPerSecond: 0,
      memoryMajorFaultsPerSecond: 1,
      memoryStalledSomeRatio: 0.01,
      memoryStalledFullRatio: 0,
      hostCpus: 8,
      hostBusyCpus: 5,
      hostInterruptCpus: 0.2,
      hostStealCpus: 0.1,
      hostIoWaitCpus: 0.3,
      gcPauseRatio: 0.002,
      gcAssistCpus: 0.125,
      gcCpus: 0.4,
      gcCyclesPerSecond: 2,
      size: 8,
      cpuLimitCpus: 8,
      workers: 8,
      activeWorkers: 6,
      acceptQueueMost: 5,
      acceptQueueLimit: 128,
      memoryLimitBytes: 512 * 2 ** 20,
      memoryUsageBytes: 200 * 2 ** 20,
      heapBytes: 48 * 2 ** 20,
    });
    assert.ok(Math.abs(rttP50Ns! - 20.4e6) < 0.016 * 20.4e6 && Math.abs(connectP99Ns! - 20.2e6) < 0.016 * 20.2e6);
    assert.deepEqual(Object.keys(rates).length + 1, RATES.length);
  });

  it('what is not known is null: no TCP, nothing around it, no scrape', () => {
    const bare = { tcp: null, surroundings: null, gc: null, activeWorkers: null };
    const rates = signalsBetween(signalsAfter(10, bare), signalsAfter(14, bare))!;
    const known = RATES.filter((rate) => rates[rate] !== null);
    assert.ok(
      known.every((rate) => /(Workers|^(in)?voluntary|^migrations|^size|^cpuLimit|^workers)/.test(rate)),
      `${known}`,
    );
    assert.equal(known.length, 20);
  });

  it('a quota or memory limit of another cgroup begins anew, and nothing else does', () => {
    const { surroundings } = aroundAfter(pool(), 14);
    const quota = { ...surroundings!.quota!, directory: '/cpu/b' };
    const moved = signalsBetween(signalsAfter(10), signalsAfter(14, { surroundings: { ...surroundings!, quota } }))!;
    assert.deepEqual(
      [moved.quotaThrottledCpus, moved.quotaPeriodsPerSecond, moved.memoryMajorFaultsPerSecond],
      [null, null, 1],
    );
    const memory = { ...surroundings!.memory!, directory: '/memory/b' };
    const other = signalsBetween(signalsAfter(10), signalsAfter(14, { surroundings: { ...surroundings!, memory } }))!;
    assert.deepEqual(
      [other.memoryMajorFaultsPerSecond, other.memoryStalledSomeRatio, other.quotaPeriodsPerSecond],
      [null, null, 10],
    );
    assert.equal(other.memoryLimitBytes, 512 * 2 ** 20);
  });

  it('a counter that went back is not known; a pool whose workers went back is another one', () => {
    const fewer = { ...aroundAfter(pool(), 14).surroundings!, host: { ...aroundAfter(pool(), 1).surroundings!.host! } };
    const rates = signalsBetween(signalsAfter(10), signalsAfter(14, { surroundings: fewer }))!;
    assert.deepEqual([rates.hostStealCpus, rates.quotaPeriodsPerSecond], [null, 10]);
    assert.equal(signalsBetween(signalsAfter(14), { ...signalsAfter(10), atNs: 15 * SECOND_NS }), null);
    assert.equal(signalsBetween(signalsAfter(14), signalsAfter(14)), null);
  });

  it('the listener that is fullest speaks for the accept queues', () => {
    const acceptQueues = [
      { port: 1, most: 900, limit: 4096 },
      { port: 2, most: 100, limit: 128 },
      { port: 3, most: 0, limit: 0 },
    ];
    const { gauges } = signalsAfter(1, { tcp: { ...tcpAfter(1), acceptQueues } });
    assert.deepEqual([gauges.acceptQueueMost, gauges.acceptQueueLimit], [100, 128]);
  });

  it('a collector is known where a scrape lies between', () => {
    assert.equal(signalsBetween(scraped(10, 0), scraped(14, 0))!.gcAssistCpus, null);
    assert.equal(signalsBetween(scraped(10, 0), scraped(14, 12))!.gcAssistCpus, 0.125);
  });
});

describe('signals of the last seconds', () => {
  let window: SignalWindow;
  beforeEach(() => {
    window = new SignalWindow(10 * SECOND_NS);
  });

  it('nothing, then a moment, then what happened since', () => {
    assert.equal(window.read(), null);
    window.add(signalsAfter(5));
    assert.deepEqual([window.read()!.newest.atNs, window.read()!.recent], [5 * SECOND_NS, null]);
    window.add(signalsAfter(10));
    assert.equal(window.read()!.recent!.seconds, 5);
  });

  it('reach back as far as drift.window', () => {
    for (let seconds = 0; seconds <= 60; seconds += 5) window.add(signalsAfter(seconds));
    const { newest, recent } = window.read()!;
    assert.deepEqual([newest.atNs, recent!.seconds, recent!.hostCpus], [60 * SECOND_NS, 10, 8]);
  });

  it('scrapes further apart than the window is long: the two last ones', () => {
    const seen: (number | null | undefined)[] = [];
    for (let seconds = 0; seconds <= 60; seconds += 5) {
      window.add(scraped(seconds, 15 * Math.floor(seconds / 15) + 1));
      seen.push(window.read()!.recent?.gcAssistCpus);
    }
    assert.deepEqual(seen, [undefined, null, null, ...new Array(10).fill(0.125)]);
  });

  it('a collector that changes its ways is seen from the second scrape on', () => {
    const gc = (assist: number, seconds: number) => ({ ...aroundAfter(pool(), seconds).gc!, gcAssistSeconds: assist });
    for (const [seconds, assist] of [
      [0, 0],
      [15, 0],
      [30, 0],
      [45, 15],
    ] as const)
      window.add(signalsAfter(seconds, { gc: gc(assist, seconds) }));
    assert.equal(window.read()!.recent!.gcAssistCpus, 1);
    window.add(signalsAfter(50, { gc: null }));
    assert.equal(window.read()!.recent!.gcAssistCpus, null);
  });

  it('an old moment is left out; another pool in the same place begins anew', () => {
    for (const seconds of [5, 10, 8]) window.add(signalsAfter(seconds));
    assert.equal(window.read()!.newest.atNs, 10 * SECOND_NS);
    window.add({ ...signalsAfter(1), atNs: 15 * SECOND_NS });
    assert.equal(window.read()!.recent, null);
  });
});
