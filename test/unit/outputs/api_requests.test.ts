import assert from 'node:assert/strict';
import type { JudgedPool } from '../../../src/attribution/judged.ts';
import { apiRequests } from '../../../src/outputs/api_requests.ts';
import { reading } from '../metrics/fixture.ts';

const SINCE_MS = Date.UTC(2026, 10, 20, 9, 29, 40);
const baseline = { p99Ns: 4.1e6, seconds: 1200, requests: 1_200_000, young: true };
const episode = { sinceNs: 1e9, foundNs: 5e9, scaleSeconds: 5 };
const told = { sinceMs: SINCE_MS, foundMs: SINCE_MS + 4000, cause: null, thief: null, settledMs: null };

function drifts(change: Partial<JudgedPool>) {
  const { baselineP99Seconds, driftRatio, drifting, since, cause, thief, armedInSeconds } = apiRequests({
    ...reading().pools[0]!,
    ...change,
  })!;
  return { baselineP99Seconds, driftRatio, drifting, since, cause, thief, armedInSeconds };
}

describe('drift in the API', () => {
  const nothing = {
    baselineP99Seconds: null,
    driftRatio: null,
    drifting: false,
    since: null,
    cause: null,
    thief: null,
  };

  it('is null where nothing looks for it, and until the baseline is armed', () => {
    assert.deepEqual(drifts({ drift: null }), { ...nothing, armedInSeconds: null });
    const drift = { baseline: null, armedInSeconds: 236, episode: null };
    assert.deepEqual(drifts({ drift }), { ...nothing, armedInSeconds: 236 });
  });

  it('is a ratio to the baseline, with no episode too', () => {
    const { driftRatio, ...rest } = drifts({ drift: { baseline, armedInSeconds: 0, episode: null } });
    assert.ok(Math.abs(driftRatio! - 11.2 / 4.1) < 0.05, `${driftRatio}`);
    const calm = { drifting: false, since: null, cause: null, thief: null };
    assert.deepEqual(rest, { ...calm, baselineP99Seconds: 4.1e-3, armedInSeconds: 0 });
  });

  it('is an episode with its onset, and its cause as soon as that is settled', () => {
    const drift = { baseline, armedInSeconds: 0, episode };
    const before = drifts({ drift, episode: told });
    assert.deepEqual(
      [before.drifting, before.since, before.cause, before.thief],
      [true, '2026-11-20T09:29:40.000Z', null, null],
    );
    const settled = { ...told, cause: 'noisy-neighbour', thief: 'stress-ng', settledMs: SINCE_MS + 10_000 } as const;
    const after = drifts({ drift, episode: settled });
    assert.deepEqual([after.cause, after.thief], ['noisy-neighbour', 'stress-ng']);
  });

  it('has no ratio while no request is answered', () => {
    const quiet = reading(undefined, { requests: [] }).pools[0]!;
    const now = apiRequests({ ...quiet, drift: { baseline, armedInSeconds: 0, episode }, episode: told })!;
    assert.deepEqual([now.driftRatio, now.drifting, now.baselineP99Seconds], [null, true, 4.1e-3]);
  });
});
