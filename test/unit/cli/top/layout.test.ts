import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { layout, type Shown } from '../../../../src/cli/top/layout.ts';
import { ORDERS } from '../../../../src/cli/top/order.ts';
import { START, type View } from '../../../../src/cli/top/view.ts';
import { widthOf } from '../../../../src/cli/width.ts';
import { matchesGolden } from '../../../golden/golden.ts';
import { calm, EXPLAINED, FIRING, PENDING, shown } from './fixture.ts';

const SIZE = { columns: 100, rows: 24, whole: true };
const ESC = '\u001b';
const seen = (view: Partial<View> = {}, what: Partial<Shown> = {}, size: Partial<typeof SIZE> = {}) =>
  layout({ ...START, ...view }, shown(what), { ...SIZE, ...size });
const text = (...of: Parameters<typeof seen>) => `${seen(...of).lines.join('\n')}\n`;
const look = (change: Partial<Shown['look']>) => ({ look: { ...shown().look, ...change } });
const incident = look({ alerts: [FIRING, PENDING], explained: EXPLAINED });

describe('the live table', () => {
  for (const [columns, rows] of [
    [120, 34],
    [80, 24],
    [20, 10],
  ] as const)
    it(`is what it was at ${columns} x ${rows}`, () =>
      matchesGolden(`top-${columns}.txt`, text({}, incident, { columns, rows })));

  it('has the worst on top, marked, and chosen as long as nothing else is', () => {
    const { lines, names, at } = seen();
    assert.equal(names[at], 'checkout');
    assert.match(lines[2]!, /^>! checkout .* x2\.70 /);
    assert.match(lines[3]!, /^ {3}edge /);
    assert.match(seen({ selected: 'edge' }).lines[3]!, /^> {2}edge /);
  });

  it('sorts in every order, what is not known last', () => {
    const pools = [calm('b', { demand: 9 }), calm('a', { demand: 5 }), calm('c', { demand: null })];
    const by = (title: string) => {
      const view = { ...START, order: ORDERS.findIndex((order) => order.title === title) };
      return layout(view, shown({}, pools), SIZE).names;
    };
    assert.deepEqual(by('by demand'), ['b', 'checkout', 'a', 'c']);
    assert.deepEqual(by('by name'), ['a', 'b', 'c', 'checkout']);
    assert.equal(by('by drift')[0], 'checkout');
    assert.match(text({ order: 1 }), /^by P99 {3}Enter explains/m);
  });

  it('filters by name, kind, port and cause, and says so', () => {
    assert.deepEqual(seen({ filter: 'EDG' }).names, ['edge']);
    assert.deepEqual(seen({ filter: 'nginx' }).names, ['edge']);
    assert.deepEqual(seen({ filter: ':443' }).names, ['edge']);
    assert.deepEqual(seen({ filter: 'no process' }).names, ['late "\\" one']);
    assert.match(text({ filter: 'edg' }), /^filter "edg": 1 {3}/m);
    assert.match(text({ filter: 'edg', typing: true }), /^\/edg_ {3}Enter keeps/m);
    assert.match(text({ filter: 'xyz' }), /^no pool has "xyz" in its name/m);
  });

  it('shows the page on which the chosen one is, and its place', () => {
    const pools = Array.from({ length: 40 }, (_, i) => calm(`p${i}`));
    const page = (selected: string | null) => layout({ ...START, selected }, shown({}, pools), { ...SIZE, rows: 13 });
    assert.match(page(null).lines.at(-1)!, /1-10 of 41/);
    assert.match(page('p8').lines.at(-1)!, /31-40 of 41/, 'by name, it is the 40th');
    assert.match(page('p9').lines.at(-1)!, /32-41 of 41/, 'the last page is full');
    for (const { pool } of pools)
      assert.ok(
        page(pool).lines.some((line) => line.startsWith(`>  ${pool} `)),
        pool,
      );
  });

  it('shows what is known of the chosen pool where there is room', () => {
    assert.match(text({}, incident), /^The slowest 1 %/m);
    assert.doesNotMatch(text({ selected: 'edge' }, incident), /^The slowest 1 %/m, 'it is not of this pool');
    assert.doesNotMatch(text({}, incident, { rows: 16 }), /^The slowest 1 %/m);
    assert.doesNotMatch(text({}, incident, { whole: false }), /^The slowest 1 %/m);
  });

  it('says the alerts, those that fire before those that wait', () => {
    assert.equal(
      seen({}, incident).lines[1],
      '1 firing   1 pending   PooldriftP99Drift checkout   PooldriftWorkersStarved edge',
    );
    assert.equal(seen({}, incident, { columns: 20 }).lines[1], '1 firing   1 pending');
    assert.match(seen().lines[1]!, /^ +POOL/);
    const twice = { ...FIRING, labels: { ...FIRING.labels, thief: 'another' } };
    assert.equal(seen({}, look({ alerts: [FIRING, twice] })).lines[1], '2 firing   PooldriftP99Drift checkout');
  });
});

describe('an explanation in the live view', () => {
  it('fills the screen, with its alerts at the end', () => {
    const size = { columns: 80, rows: 60 };
    matchesGolden('top-explained.txt', text({ open: 'checkout' }, incident, size));
  });

  it('scrolls from its first line to its last', () => {
    const all = seen({ open: 'checkout' }, incident, { rows: 100, whole: false }).lines.slice(2, -1);
    const at = (scroll: number) => seen({ open: 'checkout', scroll }, incident, { rows: 12 });
    const { scrollMost, lines } = at(0);
    assert.deepEqual(lines.slice(2, 11), all.slice(0, 9));
    assert.deepEqual(at(scrollMost).lines.slice(2, 11), all.slice(-9));
    assert.deepEqual(at(1e9).lines, at(scrollMost).lines);
  });

  it('says that it is asked for, and that the pool is gone', () => {
    assert.match(text({ open: 'edge' }), /^edge: asked the daemon$/m);
    assert.match(text({ open: 'gone' }), /^gone: the pool is gone$/m);
  });
});

describe('figures that are old', () => {
  const stale = { seconds: 12.2, reason: 'no pooldrift answers' };

  it('are said to be, with their time and why, and stay', () => {
    const { lines } = seen({}, { stale });
    assert.match(lines[1]!, /^STALE for 13 s: figures of \d\d:\d\d:\d\d UTC; no pooldrift answers$/);
    assert.match(lines[3]!, /^>! checkout /);
    assert.match(seen({}, { stale: { ...stale, reason: null } }).lines[1]!, /; no answer$/);
  });

  it('have no colour of their own', () => {
    const coloured = (view: Partial<View>) => text(view, { ...incident, stale, colour: true });
    assert.match(coloured({}), new RegExp(`^${ESC}\\[1;31mSTALE`, 'm'));
    for (const view of [{}, { open: 'checkout' }])
      assert.doesNotMatch(coloured(view).split('\n').slice(2, -2).join('\n'), new RegExp(`${ESC}\\[(1;)?3\\dm`));
  });
});

describe('any frame', () => {
  it('keeps to the screen and lets no name move the cursor', () => {
    const name = fc.string({ unit: 'binary', maxLength: 60 });
    const view = fc.record({
      ...{ order: fc.nat(ORDERS.length - 1), filter: fc.constantFrom('', 'e', 'zz'), typing: fc.boolean() },
      ...{ selected: fc.option(name), open: fc.constantFrom(null, 'checkout', '\u001b[2J'), help: fc.boolean() },
      scroll: fc.nat(60),
    });
    const size = fc.record({
      columns: fc.integer({ min: 16, max: 200 }),
      rows: fc.integer({ min: 1, max: 60 }),
      whole: fc.boolean(),
    });
    const state = fc.record({
      colour: fc.boolean(),
      keyboard: fc.boolean(),
      stale: fc.option(fc.record({ seconds: fc.nat(1e6), reason: fc.option(name) })),
    });
    fc.assert(
      fc.property(fc.array(name, { maxLength: 20 }), view, size, state, (names, chosen, room, how) => {
        const alerts = names.map((pool) => ({ ...FIRING, labels: { ...FIRING.labels, pool } }));
        const calmly = shown(
          {},
          names.map((each) => calm(each)),
        );
        const what = { ...calmly, ...how, look: { ...calmly.look, alerts, explained: EXPLAINED } };
        const { lines } = layout(chosen, what, room);
        assert.ok(lines.length <= room.rows, `${lines.length} lines`);
        for (const line of lines) {
          const bare = stripVTControlCharacters(line);
          assert.ok(widthOf(bare) <= room.columns, bare);
          assert.doesNotMatch(bare, /[\p{Cc}\u202e]/u);
        }
      }),
    );
  });

  it('has the sixteen colours alone, and none where none is wanted', () => {
    const coloured = text({}, { ...incident, colour: true });
    assert.match(coloured, new RegExp(`${ESC}\\[1;31m!`));
    assert.doesNotMatch(coloured, new RegExp(`${ESC}\\[(?!(?:0|1|2|1;31|32|33|35|36)m)`));
    assert.ok(!text({}, incident).includes(ESC));
  });

  it('names no keys where there are none to press', () => {
    assert.doesNotMatch(text({}, { ...incident, keyboard: false }), /q quits|Enter/);
  });

  it('tells every key', () => {
    const shownKeys = text({ help: true });
    for (const key of ['Enter', 'n p', '/', 's S', 'Esc', 'Ctrl-L', 'Ctrl-Z', 'q']) assert.ok(shownKeys.includes(key));
    for (const { title } of ORDERS) assert.ok(shownKeys.replace(/\s+/g, ' ').includes(title), title);
  });
});
