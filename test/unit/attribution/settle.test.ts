import assert from 'node:assert/strict';
import { explain } from '../../../src/attribution/explain.ts';
import type { JudgedPool } from '../../../src/attribution/judged.ts';
import { leadsNow, restoreSettled, saveSettled, settle } from '../../../src/attribution/settle.ts';
import type { GcTotals } from '../../../src/scrape/gc.ts';
import { EPISODE, OTHERS, situation, USUAL, waits } from './cases.ts';

const WINDOW_NS = 10e9;
const EPISODE_NS = { sinceNs: 100e9, foundNs: 104e9 };
const HOG = situation({ parts: { oncpu: 2, runqueue: 6 }, stolen: OTHERS, signals: waits(1, 0), was: USUAL });
const BURNS = situation({ parts: { oncpu: 9 }, signals: waits(0, 0), was: USUAL });
const SILENT: JudgedPool = { ...HOG, request: { ...HOG.request!, tail: null, perRequestNs: null } };
const at = (seconds: number, reading = HOG) => settle(null, EPISODE_NS, reading, seconds * 1e9, WINDOW_NS);

const scraped = (reading: JudgedPool, atNs: number): JudgedPool => {
  const { newest, recent } = reading.signals!;
  return { ...reading, signals: { newest: { ...newest, gc: { atNs } as GcTotals }, recent } };
};

describe('the cause of an episode', () => {
  it('is settled when the whole window lies after the onset', () => {
    assert.equal(at(109.9), null);
    assert.deepEqual(at(110), { cause: 'noisy-neighbour', thief: 'stress-ng', atNs: 110e9 });
  });

  it('waits for a window that is longer than it should be, as after a late sample', () => {
    const late = { ...HOG, request: { ...HOG.request!, durationNs: 12e9 } };
    assert.deepEqual([at(111, late), at(112, late)?.cause], [null, 'noisy-neighbour']);
  });

  it('waits where two are close, until a window after it was found', () => {
    const parts = (runqueue: number) => ({ parts: { runqueue, throttled: 4 }, stolen: OTHERS, signals: waits(1, 0) });
    const close = situation({ ...parts(5), was: USUAL });
    assert.deepEqual([at(110, close), at(114, close)?.cause], [null, 'noisy-neighbour']);
    assert.equal(at(110, situation({ ...parts(6.4), was: USUAL }))?.cause, 'noisy-neighbour');
  });

  it('is kept', () => {
    const known = { cause: 'disk-io' as const, thief: null, atNs: 1 };
    assert.equal(settle(known, EPISODE_NS, HOG, 500e9, WINDOW_NS), known);
  });

  it('waits for a request to tell it, but not for ever', () => {
    assert.equal(at(133.9, SILENT), null);
    assert.deepEqual(at(134, SILENT), { cause: 'unexplained', thief: null, atNs: 134e9 });
  });

  it('waits for the scrape that a collector would show in', () => {
    assert.equal(at(111, scraped(BURNS, 105e9)), null);
    assert.equal(at(116, scraped(BURNS, 115e9))?.cause, 'on-cpu');
    assert.equal(at(134, scraped(BURNS, 105e9))?.cause, 'on-cpu');
    assert.equal(at(111, scraped(HOG, 105e9))?.cause, 'noisy-neighbour');
  });

  it('is not changed by what leads later, which is known', () => {
    const kept = { ...BURNS, episode: { ...EPISODE, cause: 'noisy-neighbour' as const } };
    assert.equal(leadsNow(kept, explain(kept)), 'on-cpu');
    const same = { ...HOG, episode: kept.episode };
    assert.equal(leadsNow(same, explain(same)), null);
    assert.equal(leadsNow(HOG, explain(HOG)), null);
    assert.equal(leadsNow({ ...kept, usual: null }, explain({ ...kept, usual: null })), null);
  });
});

describe('a settled cause, saved', () => {
  const settled = { cause: 'noisy-neighbour' as const, thief: 'stress-ng', atNs: 110e9 };

  it('comes back with its age, on another clock', () => {
    const saved = JSON.parse(JSON.stringify(saveSettled(settled, 170e9)));
    assert.deepEqual(restoreSettled(saved, 70e9), { ...settled, atNs: 10e9 });
    assert.equal(saveSettled(null, 0), null);
  });

  it('is refused where it makes no sense', () => {
    for (const bad of [
      null,
      7,
      {},
      { cause: 'magic', ageSeconds: 1 },
      { cause: 'load' },
      { cause: 'load', ageSeconds: 'x' },
    ])
      assert.equal(restoreSettled(bad, 0), null);
    assert.equal(restoreSettled({ cause: 'load', thief: 7, ageSeconds: 1 }, 2e9)!.thief, null);
  });
});
