import assert from 'node:assert/strict';
import { RecentThieves } from '../../../src/windows/recent_thieves.ts';
import type { Windows } from '../../../src/windows/windows.ts';
import { newWindows, pool, SECOND_NS, sampleAfter } from '../metrics/fixture.ts';

const stolen = (entries: Record<string, number>) => new Map(Object.entries(entries));
const over = (thieves: RecentThieves, seconds: number) => {
  const { durationNs, stolenNs } = thieves.over(seconds * SECOND_NS);
  return { seconds: durationNs / SECOND_NS, stolenNs: Object.fromEntries(stolenNs) };
};

describe('recent thieves', () => {
  it('are those of the last seconds', () => {
    const thieves = new RecentThieves(10 * SECOND_NS);
    for (let second = 0; second <= 30; second++)
      thieves.add(stolen(second <= 26 ? { early: 2 } : { late: 3, early: 1 }), second * SECOND_NS);
    assert.deepEqual(over(thieves, 5), { seconds: 5, stolenNs: { early: 2 + 4, late: 12 } });
    assert.deepEqual(over(thieves, 10), { seconds: 10, stolenNs: { early: 6 * 2 + 4, late: 12 } });
  });

  it('are kept apart by half a second, however often they are asked for', () => {
    const thieves = new RecentThieves(10 * SECOND_NS);
    for (let ms = 0; ms <= 20_000; ms += 10) thieves.add(stolen({ hog: 1 }), ms * 1e6);
    const { seconds, stolenNs } = over(thieves, 10);
    assert.ok(
      Math.abs(seconds - 10) <= 0.5 && Math.abs(stolenNs.hog! - seconds * 100) <= 2,
      `${seconds} ${stolenNs.hog}`,
    );
  });

  it('of many keep the greatest names, and the sum', () => {
    const thieves = new RecentThieves(10 * SECOND_NS);
    for (let second = 0; second < 3; second++) {
      const many = Array.from({ length: 100 }, (_, i) => [`p${i}`, i === 70 ? 500 : 1] as const);
      thieves.add(new Map(many), second * SECOND_NS);
    }
    const { stolenNs } = over(thieves, 10);
    assert.equal(stolenNs.p70, 1500);
    assert.equal(
      Object.values(stolenNs).reduce((a, b) => a + b, 0),
      3 * 599,
    );
  });

  it('are nobody at first', () => {
    assert.deepEqual(over(new RecentThieves(SECOND_NS), 1), { seconds: 0, stolenNs: {} });
  });

  it('have their name at once where no series is left for them', () => {
    const windows: Windows = newWindows(1);
    const at = (second: number) =>
      sampleAfter(second, {
        stolen: [
          { thief: { kind: 'process', tgid: 1 }, stolenNs: 1e9 },
          { thief: { kind: 'process', tgid: 77 }, stolenNs: Math.max(0, second - 5) * 1e8 },
        ],
      });
    for (let second = 0; second <= 12; second++) windows.add(new Map([[0, at(second)]]));
    const { stolenNs, stolen: recent } = windows.read(pool(), at(12.2));
    assert.deepEqual([...stolenNs.keys()], ['other', 'p1 /']);
    const thief = 'stress-ng /batch/report.service';
    assert.ok(Math.abs(recent.window.stolenNs.get(thief)! - 7.2e8) < 1);
    assert.ok(Math.abs(recent.interval.stolenNs.get(thief)! - 5.2e8) < 1);
    assert.equal(recent.window.stolenNs.has('p1 /'), false);
  });
});
