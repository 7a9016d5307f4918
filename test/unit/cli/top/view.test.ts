import assert from 'node:assert/strict';
import { ORDERS } from '../../../../src/cli/top/order.ts';
import { press, START } from '../../../../src/cli/top/view.ts';
import { drawn, pressed } from './fixture.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

describe('keys of the live table', () => {
  it('choose a pool, by lines, by pages and to the ends, and stay with it', () => {
    const chosen = (...keys: string[]) => pressed(keys, NAMES).selected;
    assert.equal(chosen('down'), 'b');
    assert.equal(chosen('j', 'j', 'k'), 'b');
    assert.equal(chosen('up'), 'a');
    assert.equal(chosen('pagedown'), 'd');
    assert.equal(chosen('G'), 'e');
    assert.equal(chosen('end', 'down', 'pageup'), 'b');
    assert.equal(chosen('end', 'g'), 'a');
    assert.equal(pressed(['down'], []).selected, null);
  });

  it('open what is chosen, or what is on top, and close it again', () => {
    assert.equal(pressed(['return'], NAMES).open, 'a');
    assert.equal(pressed(['down', 'return'], NAMES).open, 'b');
    assert.equal(pressed(['return'], []).open, null);
    for (const key of ['escape', 'return', 'left', 'backspace']) {
      const closed = pressed(['down', 'return', key], NAMES);
      assert.deepEqual([closed.open, closed.selected], [null, 'b'], key);
    }
  });

  it('go from one explanation to the next, from its beginning on', () => {
    const open = pressed(['return', 'down', 'n', 'n', 'p'], NAMES, START, 9);
    assert.deepEqual([open.open, open.scroll], ['b', 0]);
    assert.equal(pressed(['return', 'p'], NAMES).open, 'a');
  });

  it('scroll an explanation no further than it goes', () => {
    const scroll = (...keys: string[]) => pressed(['return', ...keys], NAMES, START, 4).scroll;
    assert.deepEqual([scroll('down'), scroll('pagedown'), scroll('end'), scroll('end', 'up')], [1, 3, 4, 3]);
    assert.equal(scroll('pagedown', 'pagedown', 'pageup', 'up', 'up'), 0);
    const grownShorter = { ...START, open: 'a', scroll: 30 };
    assert.equal(pressed(['up'], NAMES, grownShorter, 4).scroll, 3);
  });

  it('type a filter, in which q is a letter', () => {
    const typing = pressed(['/', 'q', '9', 'é'], NAMES);
    assert.deepEqual([typing.filter, typing.typing], ['q9é', true]);
    assert.equal(pressed(['backspace'], NAMES, typing).filter, 'q9');
    assert.deepEqual(pressed(['return'], NAMES, typing), { ...typing, typing: false });
    assert.deepEqual(pressed(['escape'], NAMES, typing), START);
    assert.equal(pressed(['return', 'escape'], NAMES, typing).filter, '');
    assert.equal(pressed(['\u001b', '\u0000', '\u009b', 'undefined'], NAMES, typing).filter, 'q9é');
    assert.ok(pressed(Array(500).fill('x'), NAMES, typing).filter.length < 100);
  });

  it('go through all orders, forth and back', () => {
    assert.equal(pressed(['s', 's'], NAMES).order, 2);
    assert.equal(pressed(['S'], NAMES).order, ORDERS.length - 1);
    assert.equal(pressed(Array(ORDERS.length).fill('s'), NAMES).order, 0);
  });

  it('show all keys, which any other key leaves', () => {
    assert.equal(pressed(['?'], NAMES).help, true);
    assert.deepEqual(pressed(['return', '?', 'down', 'x'], NAMES, START, 9), { ...START, open: 'a' });
  });

  it('quit, suspend and draw anew, also while a filter is typed', () => {
    const ctrl = (name: string, view = START) => press(view, { name, text: '', ctrl: true }, drawn(NAMES));
    const typing = { ...START, typing: true };
    assert.deepEqual([ctrl('c'), ctrl('d'), ctrl('c', typing)], ['quit', 'quit', 'quit']);
    assert.deepEqual([ctrl('z', typing), ctrl('l')], ['suspend', 'redraw']);
    for (const view of [START, { ...START, open: 'a' }, { ...START, help: true }])
      assert.equal(press(view, { name: 'q', text: 'q', ctrl: false }, drawn(NAMES)), 'quit');
  });
});
