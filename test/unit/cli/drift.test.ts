import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import type { JudgedPool, PoolEpisode } from '../../../src/attribution/judged.ts';
import { explanation } from '../../../src/cli/explanation.ts';
import { widthOf } from '../../../src/cli/width.ts';
import { COMPONENTS } from '../../../src/decode/sample.ts';
import { apiExplain } from '../../../src/outputs/explain.ts';
import { matchesGolden } from '../../golden/golden.ts';
import { EPISODE, type Situation, situation, waits } from '../attribution/cases.ts';

const NOW = { atMs: Date.UTC(2026, 10, 20, 9, 30), host: { name: 'node-17', cpus: 8 }, shed: [] };
const lines = (judged: JudgedPool, columns = 100, colour = false) =>
  explanation(apiExplain(judged, NOW), { columns, colour });
const text = (judged: JudgedPool, columns = 100) => `${lines(judged, columns).join('\n')}\n`;

/** As in the middle of an incident: a neighbour has come. */
const INCIDENT: Situation = {
  parts: { queue: 0.5, oncpu: 2.5, runqueue: 5.8, blocked_lock: 0.2, blocked_network: 2.1, unexplained: 0.1 },
  stolen: { 'stress-ng /batch/report.service': 34.7, self: 1.4 },
  signals: waits(3, 0.15),
  was: {
    parts: { queue: 0.2, oncpu: 2.3, runqueue: 0.3, blocked_lock: 0.2, blocked_network: 1.9 },
    signals: waits(0.1, 0.05),
  },
};
const settled = (change: Partial<PoolEpisode> = {}): PoolEpisode => {
  return { ...EPISODE, cause: 'noisy-neighbour', thief: 'stress-ng', settledMs: EPISODE.sinceMs + 10_000, ...change };
};
const incident = (episode: PoolEpisode | null = settled()): JudgedPool => ({ ...situation(INCIDENT), episode });

describe('the explanation of a drift, in a terminal', () => {
  for (const columns of [100, 80, 60, 40, 20])
    it(`is what it was at ${columns} columns`, () => matchesGolden(`drift-${columns}.txt`, text(incident(), columns)));

  it('is what it was: settled on another cause than leads now', () => {
    const episode = settled({ cause: 'disk-io', thief: null });
    matchesGolden('drift-changed.txt', text(incident(episode)));
  });

  it('is what it was: a steady pool beside its young baseline', () => {
    const { usual, drift, ...steady } = situation({
      parts: { oncpu: 2.5, queue: 0.5 },
      was: { parts: { oncpu: 2.6, queue: 0.4 } },
    });
    const baseline = { ...drift!.baseline!, p99Ns: steady.request!.p99Ns! * 1.02, seconds: 720, young: true };
    matchesGolden(
      'drift-none.txt',
      text({ ...steady, usual, drift: { ...drift!, baseline, episode: null }, episode: null }),
    );
  });

  it('says when a baseline will be there', () => {
    const unarmed = {
      ...situation({ parts: { oncpu: 1 } }),
      drift: { baseline: null, armedInSeconds: 230, episode: null },
    };
    assert.match(text(unarmed), /no baseline yet \(armed in 4 min\)/);
  });

  it('says that the cause is not settled yet', () =>
    assert.match(text(incident({ ...EPISODE })), /Its cause is settled when the whole window lies after the onset/));

  it('adds up in each line and in each column', () => {
    const parts = fc.dictionary(fc.constantFrom(...COMPONENTS), fc.double({ min: 1e-4, max: 1e3, noNaN: true }), {
      minKeys: 1,
    });
    fc.assert(
      fc.property(parts, parts, fc.integer({ min: 40, max: 200 }), fc.boolean(), (now, was, columns, colour) => {
        const judged = situation({ parts: now, was: { parts: was } });
        const shown = lines(judged, columns, colour).map(stripVTControlCharacters);
        for (const line of shown) assert.ok(widthOf(line) <= columns, line);
        if (columns >= 60) addsUp(shown);
      }),
    );
  });
});

/** `  run queue   ███   0.3   5.8   +5.5  <` */
function addsUp(shown: readonly string[]): void {
  const from = shown.findIndex((line) => /was +now/.test(line)) + 1;
  const rows = shown.slice(from, shown.indexOf('', from)).map((line) => {
    const figures = line
      .replace(/ (ms|us|s)\b/g, '')
      .match(/-?\+?\d+(\.\d+)?/g)!
      .map(Number);
    return [figures[0]!, figures[1]!, figures[2] ?? 0] as const;
  });
  const sums = rows.pop()!;
  for (const [was, now, gained] of [...rows, sums])
    assert.ok(Math.abs(now - was - gained) < 1e-6, `${was} ${now} ${gained}`);
  for (const column of [0, 1] as const) {
    const sum = rows.reduce((all, row) => all + row[column], 0);
    assert.ok(Math.abs(sum - sums[column]) < 1e-6, `${sum}, not ${sums[column]}`);
  }
}
