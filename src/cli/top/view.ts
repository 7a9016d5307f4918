import type { Key } from '../keyboard.ts';
import { ORDERS } from './order.ts';

/** What the person at the terminal has chosen. */
export type View = {
  /** Index into ORDERS. */
  order: number;
  filter: string;
  /** The filter is being typed. */
  typing: boolean;
  /** Null: whatever is on top. */
  selected: string | null;
  /** The pool that is explained. */
  open: string | null;
  /** Lines of the explanation, or of the keys, that are above the screen. */
  scroll: number;
  help: boolean;
};

export const START: View = {
  order: 0,
  filter: '',
  typing: false,
  selected: null,
  open: null,
  scroll: 0,
  help: false,
};

/** What was last drawn, as far as a key may mean it. */
export type Drawn = {
  lines: string[];
  /** All pools, in order. */
  names: readonly string[];
  /** Index of the selected one. */
  at: number;
  /** Lines that scroll by at once. */
  page: number;
  scrollMost: number;
};

export type Act = 'quit' | 'suspend' | 'redraw';
export type Pressed = View | Act;

const FILTER_MAX = 60;

/** What a key makes of the view. */
export function press(view: View, key: Key, drawn: Drawn): Pressed {
  const act = CONTROL[key.name];
  if (key.ctrl && act !== undefined) return act;
  if (view.typing) return type(view, key, drawn);
  if (key.text === 'q') return 'quit';
  if (view.help) return scrolled(view, key, drawn) ?? { ...view, help: false, scroll: 0 };
  if (key.text === '?') return { ...view, help: true, scroll: 0 };
  return view.open === null ? inTable(view, key, drawn) : inExplanation(view, view.open, key, drawn);
}

/** In raw mode the terminal makes no signals of them. */
const CONTROL: Partial<Record<string, Act>> = { c: 'quit', d: 'quit', z: 'suspend', l: 'redraw' };

/** Keys that move, in lines or pages; others 0. Home and End are more than any list is long. */
function steps({ name, text, ctrl }: Key, page: number): number {
  const key = ctrl ? `ctrl-${name}` : text === 'G' ? 'G' : name;
  const END = 1e9;
  const far = { up: -1, k: -1, down: 1, j: 1, pageup: -page, 'ctrl-b': -page, pagedown: page, 'ctrl-f': page };
  return { ...far, space: page, home: -END, g: -END, end: END, G: END }[key] ?? 0;
}

function inTable(view: View, key: Key, drawn: Drawn): View {
  const step = steps(key, drawn.page);
  if (step !== 0) return move(view, step, drawn);
  if (OPENS.has(key.name)) return { ...view, open: drawn.names[drawn.at] ?? null, scroll: 0 };
  if (key.name === 'escape') return { ...view, filter: '', selected: null };
  if (key.text === '/') return { ...view, typing: true };
  if (key.text === 's') return { ...view, order: (view.order + 1) % ORDERS.length };
  if (key.text === 'S') return { ...view, order: (view.order + ORDERS.length - 1) % ORDERS.length };
  return view;
}

const OPENS = new Set(['return', 'enter', 'right']);
const CLOSES = new Set(['return', 'enter', 'escape', 'left', 'backspace']);

function inExplanation(view: View, open: string, key: Key, drawn: Drawn): View {
  const further = scrolled(view, key, drawn);
  if (further !== null) return further;
  if (CLOSES.has(key.name)) return { ...view, open: null, selected: open };
  const next = { n: 1, p: -1 }[key.text] ?? 0;
  if (next === 0) return view;
  const moved = move({ ...view, selected: open }, next, drawn).selected;
  return { ...view, open: moved ?? open, selected: moved, scroll: 0 };
}

/** Null: the key does not scroll. */
function scrolled(view: View, key: Key, { page, scrollMost }: Drawn): View | null {
  const step = steps(key, page);
  const to = Math.min(view.scroll, scrollMost) + step;
  return step === 0 ? null : { ...view, scroll: Math.max(0, Math.min(to, scrollMost)) };
}

function move(view: View, step: number, { names, at }: Drawn): View {
  const to = Math.max(0, Math.min(names.length - 1, at + step));
  return { ...view, selected: names[to] ?? null };
}

function type(view: View, key: Key, drawn: Drawn): View {
  const { name, text, ctrl } = key;
  if (name === 'return' || name === 'enter') return { ...view, typing: false };
  if (name === 'escape') return { ...view, typing: false, filter: '' };
  if (name === 'up' || name === 'down') return move(view, steps(key, drawn.page), drawn);
  if (name === 'backspace') return { ...view, filter: [...view.filter].slice(0, -1).join(''), selected: null };
  if (ctrl && name === 'u') return { ...view, filter: '', selected: null };
  if (ctrl || !/^\P{C}+$/u.test(text)) return view;
  return { ...view, filter: (view.filter + text).slice(0, FILTER_MAX), selected: null };
}
