import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { frame } from '../../../src/cli/table.ts';
import { padTo, truncate, widthOf } from '../../../src/cli/width.ts';
import { type ApiPool, type ApiPools, apiPools } from '../../../src/outputs/api.ts';
import { matchesGolden } from '../../golden/golden.ts';
import { pool, reading } from '../metrics/fixture.ts';

const ESC = '\u001b';
const URL = 'http://127.0.0.1:10435/';
const WIDE = { columns: 160, rows: 50, colour: false, url: URL };

const EDGE = apiPools(reading([pool({ kind: 'nginx', size: 4, ports: [443, 80] })])).pools[0]!;
const STATUS = apiPools(reading());

function calm(name: string): ApiPool {
  const timeSeconds = { oncpu: 6, wakeup: 0.01, runqueue: 0.04, throttled: 0, blocked: 13.95 };
  const blockedSeconds = { lock: 0, epoll: 13.9, network: 0.05, io: 0, sleep: 0, fault: 0, other: 0 };
  const recent = { seconds: 5, timeSeconds, blockedSeconds, stolen: [] };
  const dominant = { component: 'oncpu', share: 0.94, ranInstead: null } as const;
  const requests = { ...EDGE.requests!, requestsPerSecond: 8310.4, p99Seconds: 1.2e-3, dominant };
  const calmly = { active: 2.4, parallelism: 1.2, demand: 1.21, runqueueWaitP99Seconds: 41e-6 };
  return { ...EDGE, ...calmly, pool: name, recent, requests };
}

/** The fixture's pool in the middle of an episode that has been explained; `calm` beside it has a baseline. */
function incident(): ApiPools {
  const [first, ...rest] = STATUS.pools as [ApiPool, ...ApiPool[]];
  const baseline = { baselineP99Seconds: 4.1e-3, driftRatio: 2.73, armedInSeconds: 0 };
  const episode = {
    drifting: true,
    since: '2026-11-20T09:29:40.000Z',
    cause: 'noisy-neighbour',
    thief: 'stress-ng',
  } as const;
  const edge = calm('edge');
  const level = { ...edge.requests!, baselineP99Seconds: 1.2e-3, driftRatio: 1.012, armedInSeconds: 0 };
  const fresh = { ...calm('queue'), requests: { ...edge.requests!, armedInSeconds: 236 } };
  const pools = [
    { ...edge, requests: level },
    fresh,
    { ...first, requests: { ...first.requests!, ...baseline, ...episode } },
  ];
  return { ...STATUS, pools: [...pools, ...rest] };
}

function status(more: ApiPool[] = []): ApiPools {
  const { pools, ...rest } = STATUS;
  return { ...rest, pools: [...more, ...pools] };
}

describe('table of pools', () => {
  for (const columns of [160, 80, 40, 20]) {
    it(`is what it was at ${columns} columns`, () => {
      const lines = frame(status([calm('edge')]), { ...WIDE, columns });
      matchesGolden(`table-${columns}.txt`, `${lines.join('\n')}\n`);
    });
  }

  for (const columns of [160, 120, 80, 40, 20]) {
    it(`is what it was in the middle of an incident at ${columns} columns`, () => {
      const lines = frame(incident(), { ...WIDE, columns });
      matchesGolden(`table-drift-${columns}.txt`, `${lines.join('\n')}\n`);
    });
  }

  for (const columns of [160, 80]) {
    it(`is what it was where no requests are measured, at ${columns} columns`, () => {
      const pools = status([calm('edge')]).pools.map((p) => ({ ...p, requests: null }));
      const lines = frame({ ...STATUS, pools }, { ...WIDE, columns });
      matchesGolden(`table-plain-${columns}.txt`, `${lines.join('\n')}\n`);
    });
  }

  it('tells the share of the worst thief of all thieves, over the time that they are known for', () => {
    const stolen = [
      { thief: 'hog /', seconds: 6 },
      { thief: 'unknown', seconds: 4 },
    ];
    const waited = calm('a').recent!;
    const recent = { ...waited, timeSeconds: { ...waited.timeSeconds, runqueue: 5 }, stolen };
    assert.match(frame(status([{ ...calm('a'), recent }]), WIDE).join('\n'), /^a .* hog \/ 60 %$/m);
    const nothing = { ...recent, stolen: [{ thief: 'self', seconds: 0 }] };
    assert.match(frame(status([{ ...calm('a'), recent: nothing }]), WIDE).join('\n'), /^a .* -$/m);
  });

  it('marks a P99 that is not to be trusted', () => {
    const doubted = { ...calm('a'), requests: { ...calm('a').requests!, trusted: false, doubt: 'http2' as const } };
    assert.match(frame(status([doubted]), WIDE).join('\n'), /^a .* 1\.2 ms\? /m);
    assert.match(frame(status([doubted]), { ...WIDE, colour: true }).join('\n'), /\[33m *1\.2 ms\?/);
  });

  it('shows the worst pool first', () => {
    const lines = frame(status([calm('a'), calm('b')]), WIDE);
    assert.deepEqual(
      lines.slice(2).map((text) => text.split(' ')[0]),
      ['checkout', 'a', 'b', 'late'],
    );
  });

  it('shows those that drift before all others, the farthest first, and says how many', () => {
    const drifting = (name: string, driftRatio: number | null) => {
      const requests = { ...calm(name).requests!, drifting: true, driftRatio };
      return { ...calm(name), requests };
    };
    const lines = frame(status([calm('a'), drifting('b', 1.4), drifting('c', 7.3), drifting('d', null)]), WIDE);
    assert.match(lines[0]!, /^pooldrift 0\.1\.0 {3}3 drifting {3}/);
    assert.deepEqual(
      lines.slice(2).map((text) => text.split(' ')[0]),
      ['c', 'b', 'd', 'checkout', 'a', 'late'],
    );
    assert.doesNotMatch(frame(status([calm('a')]), WIDE)[0]!, /drifting/);
  });

  it('tells a drifting pool by its colour, and says the part of the tail until the cause is settled', () => {
    const { requests, ...rest } = calm('a');
    const shown = (change: Partial<NonNullable<ApiPool['requests']>>) =>
      frame(status([{ ...rest, requests: { ...requests!, driftRatio: 7.331, ...change } }]), {
        ...WIDE,
        colour: true,
      }).find((text) => text.startsWith('a nginx'))!;
    assert.match(shown({ drifting: true }), /\[1;31mx7\.33.*\[1;31mon-CPU 94 %/);
    assert.match(shown({ drifting: true, cause: 'cpu-throttled' }), /\[1;31mcpu-throttled/);
    assert.match(shown({}), / x7\.33 {2}on-CPU 94 % /);
  });

  it('keeps to the width and the height, with and without colour', () => {
    const names = fc.string({ unit: 'binary', maxLength: 60 });
    const sizes = fc.record({
      columns: fc.integer({ min: 1, max: 250 }),
      rows: fc.integer({ min: 4, max: 30 }),
      colour: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(names, { maxLength: 40 }), sizes, (all, size) => {
        const lines = frame(status(all.map((name) => calm(name))), { ...size, url: URL });
        assert.ok(lines.length <= size.rows);
        for (const text of lines) assert.ok(widthOf(stripVTControlCharacters(text)) <= size.columns, text);
      }),
    );
  });

  it('says how many pools it does not show', () => {
    const many = Array.from({ length: 30 }, (_, i) => calm(`p${i}`));
    const lines = frame(status(many), { ...WIDE, rows: 10 });
    assert.equal(lines.at(-1), 'and 25 more');
    assert.equal(lines.length, 10);
  });

  it('lets no name move the cursor', () => {
    const text = frame(status([calm('\u001b[2J\nevil\u009b1m\u202e')]), WIDE).join('');
    assert.doesNotMatch(text, /[\p{Cc}\u202e]/u);
    assert.match(text, /\?\[2J\?evil\?1m\?/);
  });

  it('colours what is bad, in the sixteen colours', () => {
    const text = frame(status(), { ...WIDE, colour: true }).join('\n');
    assert.match(text, new RegExp(`${ESC}\\[1;31m +27 %${ESC}\\[0m`));
    assert.doesNotMatch(text, new RegExp(`${ESC}\\[(?!(?:0|1|2|1;31|32|33)m)`));
  });

  it('says that there is no pool', () => {
    const lines = frame({ ...status(), pools: [] }, WIDE);
    assert.match(lines.at(-1)!, /^no pool yet/);
  });
});

describe('width of a text', () => {
  it('knows wide characters and marks', () => {
    assert.deepEqual(['abc', '漢字', 'e\u0301', '🙂', '⌚', '…'].map(widthOf), [3, 4, 1, 2, 2, 1]);
    assert.equal(truncate('漢字漢字', 5), '漢字…');
    assert.equal(padTo('漢', 4, 'right'), '  漢');
    assert.equal(truncate('abc', 0), '');
  });
});
