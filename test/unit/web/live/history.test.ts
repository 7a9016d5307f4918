import assert from 'node:assert/strict';
import { FIELDS, type Field, type LivePool, livePools } from '../../../../src/outputs/live.ts';
import { History, type Now } from '../../../../src/web/live/history.ts';
import { pool, reading } from '../../metrics/fixture.ts';

const [LIKE] = livePools(reading([pool()]));
const STEP_MS = 4000;
const WALL_MS = Date.UTC(2026, 10, 20, 9, 30);
const nowAt = (step: number): Now => ({ monotonicMs: 500 + step * STEP_MS, wallMs: WALL_MS + step * STEP_MS });

function made(name: string, p99Seconds: number, since: number | null = null): LivePool {
  const episode = { drifting: since !== null, since: since === null ? null : new Date(since).toISOString() };
  const cause = since === null ? null : ('load' as const);
  return { ...LIKE!, pool: name, requests: { ...LIKE!.requests!, p99Seconds, ...episode, cause } };
}

/** So many steps of pools named by their numbers. */
function filled(steps: number, pools: number): History {
  const history = new History(STEP_MS);
  for (let step = 0; step < steps; step++)
    history.add(
      Array.from({ length: pools }, (_, i) => made(`p${i}`, (step + 1) / 1000)),
      nowAt(step),
    );
  return history;
}

describe('history', () => {
  it('keeps each figure of each step with its time', () => {
    const { atMs, fields, stepMs } = filled(3, 1).course('p0', nowAt(2))!;
    assert.deepEqual(atMs, [WALL_MS, WALL_MS + STEP_MS, WALL_MS + 2 * STEP_MS]);
    assert.deepEqual([stepMs, fields.p99Seconds], [STEP_MS, [0.001, 0.002, 0.003]]);
    const parts: Field[] = FIELDS.slice(FIELDS.indexOf('episode') + 1);
    const sum = parts.reduce((all, field) => all + fields[field]![0]!, 0);
    assert.ok(Math.abs(sum - 0.0112) < 2e-4, `the parts sum to ${sum}`);
    assert.equal(fields.baselineP99Seconds, undefined, 'never known');
  });

  it('holds an hour and no more', () => {
    const { atMs, fields } = filled(2000, 1).course('p0', nowAt(1999))!;
    assert.equal(atMs.length * STEP_MS, 3_600_000);
    assert.deepEqual([fields.p99Seconds![0], fields.p99Seconds!.at(-1)], [1.101, 2]);
    assert.equal(atMs.at(-1), nowAt(1999).wallMs);
    assert.ok(atMs.every((ms, i) => i === 0 || ms - atMs[i - 1]! === STEP_MS));
  });

  it('has room for a stated number of pools, and for another when one goes', () => {
    const history = filled(1, 250);
    const kept = (at: History) => Object.keys(at.coarse(nowAt(1)).pools).length;
    assert.equal(kept(history), 200);
    assert.equal(history.course('p249', nowAt(1)), null);
    history.add([made('p0', 1), made('new', 1)], nowAt(1));
    assert.deepEqual(Object.keys(history.coarse(nowAt(1)).pools), ['p0', 'new']);
    assert.deepEqual(history.course('new', nowAt(1))!.fields.p99Seconds, [null, 1]);
  });

  it('shades an episode from its onset on, also before it was found and its cause settled', () => {
    const history = filled(6, 1);
    history.add([made('p0', 1, nowAt(4).wallMs)], nowAt(6));
    const { episode } = history.course('p0', nowAt(6))!.fields;
    assert.deepEqual(
      episode!.map((code) => code! > 0),
      [false, false, false, false, true, true, true],
    );
    assert.equal(new Set(episode!.slice(4)).size, 1);
  });

  it('keeps the waits of each step, and where there were none to tell of', () => {
    const history = new History(STEP_MS);
    const waits = [null, [], [0, 0, 7], [1], Array(25).fill(255)];
    waits.forEach((each, step) => {
      history.add([{ ...made('p0', 1), waits: each }], nowAt(step));
    });
    assert.deepEqual(history.course('p0', nowAt(4))!.waits, waits);
    for (let step = 5; step < 905; step++) history.add([{ ...made('p0', 1), waits: [3] }], nowAt(step));
    assert.ok(
      history.course('p0', nowAt(904))!.waits.every((each) => each?.length === 1),
      'of an hour ago',
    );
  });

  it('moves with a wall clock that is set', () => {
    const later = { monotonicMs: nowAt(2).monotonicMs, wallMs: nowAt(2).wallMs + 3_600_000 };
    assert.equal(filled(3, 1).course('p0', later)!.atMs[0], WALL_MS + 3_600_000);
  });

  it('tells the worst of five steps in coarse ones', () => {
    const { atMs, pools, stepMs } = filled(12, 2).coarse(nowAt(11));
    assert.deepEqual([stepMs, atMs.length], [5 * STEP_MS, 3]);
    assert.deepEqual(pools.p1!.p99Seconds, [0.005, 0.01, 0.012]);
    assert.deepEqual(pools.p1!.drifting, [false, false, false]);
    assert.equal(filled(2000, 1).coarse(nowAt(1999)).atMs.length, 180);
  });
});
