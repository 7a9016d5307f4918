import assert from 'node:assert/strict';
import { COMPONENTS } from '../../../src/decode/sample.ts';
import { requestMoment, requestsBetween } from '../../../src/windows/request_moment.ts';
import type { Signals } from '../../../src/windows/signals.ts';
import { tailBudget } from '../../../src/windows/tail.ts';
import { Usual, usualOf } from '../../../src/windows/usual.ts';
import { type Request, Served } from './requests.ts';

const HOUR = 3600;
const MS = 1e6;
const FAST: Request = { times: 990, latencyNs: MS, parts: { oncpu: 0.8 * MS, queue: 0.2 * MS } };
const SLOW: Request = { times: 10, latencyNs: 9 * MS, parts: { oncpu: 2 * MS, runqueue: 7 * MS } };
const HELD: Request = { times: 50, latencyNs: 90 * MS, parts: { throttled: 90 * MS } };

/** A pool that is looked at every five seconds. */
class Looked {
  readonly served = new Served();
  readonly usual: Usual;
  seconds = 0;

  constructor(baselineSeconds = HOUR) {
    this.usual = new Usual(baselineSeconds);
    this.usual.add(this.served.at(0), null, true);
  }

  go(
    seconds: number,
    requests: readonly Request[],
    { healthy = true, signals = (_: number): Signals | null => null } = {},
  ) {
    for (let i = 0; i < seconds; i += 5) {
      this.seconds += 5;
      this.served.serve(...requests);
      this.usual.add(this.served.at(this.seconds * 1e9), signals(this.seconds), healthy);
    }
    return this;
  }
}

function known(atNs: number, oncpuSeconds: number, size: number | null): Signals {
  const nothing = { quotaOf: null, memoryOf: null, connects: null, rtt: null, gc: null };
  return { atNs, ...nothing, counters: { oncpuSeconds } as Signals['counters'], gauges: { size } as Signals['gauges'] };
}

describe('what a pool usually does', () => {
  it('is not known before two samples', () => {
    const usual = new Usual(HOUR);
    assert.equal(usual.read(), null);
    usual.add(new Served().at(0), null, true);
    assert.equal(usual.read(), null);
  });

  it('is the budget and the mean of all requests, to the last digit of a float', () => {
    const { usual, served, seconds } = new Looked().go(1800, [FAST, SLOW]);
    const { rows } = requestsBetween(requestMoment(new Served().at(0)), requestMoment(served.at(seconds * 1e9)));
    const [reading, exact] = [usual.read()!, usualOf(seconds, rows, null)];
    assert.deepEqual([reading.seconds, reading.requests, reading.requestsPerSecond], [1800, 360_000, 200]);
    for (const component of COMPONENTS) {
      near(reading.tail!.partNs[component], exact.tail!.partNs[component]);
      near(reading.perRequestNs![component], exact.perRequestNs![component]);
    }
    near(reading.tail!.meanNs, tailBudget(rows)!.meanNs);
  });

  it('has a tail over all of its time, not a mean of tails', () => {
    const { usual } = new Looked().go(900, [FAST]).go(60, [FAST, HELD]);
    // 600 of 193,000 requests were held: they and 1,330 others are the slowest.
    const { tail } = usual.read()!;
    near(tail!.partNs.throttled, (90 * MS * 600) / tail!.requests);
  });

  it('leaves out what was not healthy, and goes on after it', () => {
    const { usual } = new Looked().go(600, [FAST]).go(600, [HELD], { healthy: false }).go(600, [FAST]);
    const { seconds, requests, perRequestNs } = usual.read()!;
    assert.deepEqual([seconds, requests, perRequestNs!.throttled], [1200, 240 * 990, 0]);
  });

  it('puts healthy pieces together, each exactly', () => {
    const looked = new Looked().go(600, [FAST]);
    for (let i = 0; i < 6; i++) looked.go(25, [FAST]).go(5, [HELD], { healthy: false });
    const { seconds, requests, perRequestNs } = looked.usual.read()!;
    assert.deepEqual([seconds, requests, perRequestNs!.throttled], [750, 150 * 990, 0]);
    looked.usual.withdraw(looked.seconds * 1e9 - 7e9);
    assert.equal(looked.usual.read()!.seconds, 720); // all but what is open
    assert.equal((looked.usual.save(0) as { slices: unknown[] }).slices.length, 12);
  });

  it('forgets what reaches beyond an onset, and no more than a slice before it', () => {
    const looked = new Looked().go(1200, [FAST]).go(45, [FAST, HELD]);
    looked.usual.withdraw(1200e9);
    const { seconds, perRequestNs } = looked.usual.read()!;
    assert.deepEqual([seconds, perRequestNs!.throttled], [1200, 0]);
    looked.usual.withdraw(1170e9);
    assert.equal(looked.usual.read()!.seconds, 1140);
    looked.usual.withdraw(0);
    assert.equal(looked.usual.read(), null);
  });

  it('has slices of five seconds where the baseline is a minute', () => {
    const { usual } = new Looked(60).go(40, [FAST]).go(5, [HELD]);
    usual.withdraw(40e9);
    assert.equal(usual.read()!.seconds, 40);
  });

  it('covers the last healthy time as long as the baseline', () => {
    const { usual } = new Looked(600).go(600, [HELD]).go(1200, [FAST], { healthy: false }).go(580, [FAST]);
    assert.equal(usual.read()!.seconds, 630); // slices of 50 s, and what is open
    assert.ok(usual.read()!.perRequestNs!.throttled > 0);
  });

  it('starts anew where the counters do', () => {
    const looked = new Looked().go(60, [FAST]);
    looked.usual.add(new Served().at(61e9), null, true);
    assert.equal(looked.usual.read()!.requests, 12 * 990);
    looked.usual.clear();
    assert.equal(looked.usual.read(), null);
  });

  it('has mean signals over the time for which they are known', () => {
    const { usual } = new Looked()
      .go(300, [FAST], { signals: (s) => known(s * 1e9, s * 2, null) })
      .go(300, [FAST], { signals: (s) => known(s * 1e9, s * 2 + (s - 300) * 2, 4) });
    const { signals } = usual.read()!;
    near(signals!.oncpuWorkers!, (295 * 2 + 300 * 4) / 595, 1e-2);
    assert.deepEqual([signals!.size, signals!.gcCpus], [4, null]);
  });

  it('stays within 100 KB whatever the latencies, and the length of the baseline', () => {
    const spread = Array.from({ length: 34 }, (_, i): Request => {
      return { times: 10, latencyNs: 1100 * 2 ** (i / 1.5), parts: { oncpu: 1000, throttled: 1 } };
    });
    const bytes = (baseline: number, seconds: number) => {
      const { usual } = new Looked(baseline).go(seconds, spread);
      const saved = usual.save(0) as { slices: { rows: string; rates: string }[] };
      const slice = (saved.slices[0]!.rows.length + saved.slices[0]!.rates.length) * 0.75;
      return { kept: slice * 65, saved: JSON.stringify(saved).length, seconds: usual.read()!.seconds };
    };
    for (const [baseline, seconds] of [
      [HOUR, 2 * HOUR],
      [6 * HOUR, 7 * HOUR],
    ] as const) {
      const used = bytes(baseline, seconds);
      assert.ok(used.kept < 100_000, `${used.kept} bytes`);
      assert.ok(used.saved < 25_000, `${used.saved} bytes saved`);
      assert.ok(used.seconds >= baseline && used.seconds <= 1.1 * baseline, `${used.seconds} s`);
    }
  });
});

describe('what is usual, saved', () => {
  const { usual } = new Looked().go(3000, [FAST, SLOW], { signals: (s) => known(s * 1e9, s * 2, 8) });
  const restore = (value: unknown, savedAtNs = 3000e9) => Usual.restore(value, HOUR, savedAtNs);
  const saved = JSON.stringify(usual.save(3000e9));

  it('comes back as it was, on another clock too', () => {
    const back = restore(JSON.parse(saved), 70e9)!.read()!;
    const now = usual.read()!;
    assert.deepEqual([back.seconds, back.requests], [now.seconds, now.requests]);
    near(back.tail!.meanNs, now.tail!.meanNs);
    near(back.tail!.partNs.runqueue, now.tail!.partNs.runqueue);
    assert.equal(back.signals!.size, 8);
  });

  it('can still be withdrawn', () => {
    const back = restore(JSON.parse(saved), 70e9)!;
    back.withdraw(69e9);
    const { seconds } = back.read()!;
    assert.ok(seconds < 3000 && seconds >= 2500, `${seconds}`);
  });

  it('is refused where it is damaged or of another version', () => {
    const good = JSON.parse(saved) as { layout: string; slices: Record<string, unknown>[] };
    const [slice] = good.slices;
    const floats = (...values: number[]) => Buffer.from(new Float32Array(values).buffer).toString('base64');
    for (const bad of [
      ...[null, 7, 'x', {}, { layout: good.layout }, { ...good, layout: `${good.layout} ` }],
      { ...good, slices: [{ ...slice, seconds: -1 }] },
      { ...good, slices: [{ ...slice, ageSeconds: 'x' }] },
      { ...good, slices: [{ ...slice, rows: 'AAAA' }] },
      { ...good, slices: [{ ...slice, rows: floats(...new Array(17).fill(Number.NaN)) }] },
      { ...good, slices: [{ ...slice, rows: floats(...new Array(17).fill(0)) }] },
      { ...good, slices: [{ ...slice, rates: floats(1) }] },
      { ...good, slices: new Array(65).fill(slice) },
    ])
      assert.equal(restore(bad), null, JSON.stringify(bad)?.slice(0, 80));
    assert.equal(restore({ ...good, slices: [] })!.read(), null);
  });
});

function near(actual: number, expected: number, within = 1e-5): void {
  assert.ok(Math.abs(actual - expected) <= within * Math.max(1, Math.abs(expected)), `${actual}, not ${expected}`);
}
