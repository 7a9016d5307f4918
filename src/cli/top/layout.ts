import type { ApiPool } from '../../outputs/api.ts';
import { period } from '../../outputs/units.ts';
import { explanation } from '../explanation.ts';
import { lineOf, type Piece } from '../line.ts';
import { NARROW } from '../narrow.ts';
import { type Paint, painter } from '../paint.ts';
import { sheetOf, wrap } from '../paragraph.ts';
import { grid, header, NO_POOL } from '../table.ts';
import { tame, truncate } from '../width.ts';
import { alertsLine, alertsOf } from './alerts.ts';
import { allKeys, scrollingKeys, tableKeys } from './footer.ts';
import type { Look } from './look.ts';
import { filtered, ORDERS, ordered } from './order.ts';
import type { Drawn, View } from './view.ts';

export type Size = {
  columns: number;
  rows: number;
  /** The screen is all ours: what is left of it is filled, and the keys stand at its end. */
  whole: boolean;
};

/** What is drawn, beside what has been chosen. */
export type Shown = {
  look: Look;
  /** How long ago the daemon told it, where that is too long; `reason`: why it has told nothing since. */
  stale: { seconds: number; reason: string | null } | null;
  url: string;
  colour: boolean;
  /** There are keys to press. */
  keyboard: boolean;
};

/** Wider lines are hard to read. */
const EXPLANATION_COLUMNS = 120;
/** Columns before a pool's name: its marks, and a space where there is room. */
const MARKS = 3;
/** Rows left under the table from which on they show what is known of the selected pool. */
const PREVIEW_ROWS = 12;
const PREVIEW_COLUMNS = 60;

/** A whole frame: no line is wider than the screen, and there are no more than it has rows. */
export function layout(view: View, shown: Shown, size: Size): Drawn {
  const paint = painter(shown.colour);
  const names = order(view, shown.look).map(({ pool }) => pool);
  const at = Math.max(0, names.indexOf(view.open ?? view.selected ?? ''));
  const top = [
    ...staleLine(shown, size.columns, paint),
    ...alertsLine(shown.look.alerts, size.columns, faded(shown, paint)),
  ];
  const above = [header(shown.look.status, shown.url, size.columns, paint), ...top].slice(
    0,
    Math.max(1, size.rows - 3),
  );
  const part = { view, shown, size: { ...size, rows: size.rows - above.length }, names, at, paint };
  const { lines, page, scrollMost } = view.help ? help(part) : view.open === null ? table(part) : explained(part);
  return { lines: [...above, ...lines].slice(0, size.rows), names, at, page, scrollMost };
}

type Part = { view: View; shown: Shown; size: Size; names: readonly string[]; at: number; paint: Paint };
type Body = Pick<Drawn, 'lines' | 'page' | 'scrollMost'>;

function order({ order: index, filter }: View, { status }: Look): ApiPool[] {
  return ordered(filtered(status.pools, filter), ORDERS[index]!);
}

function staleLine({ stale, look }: Shown, columns: number, paint: Paint): string[] {
  if (stale === null) return [];
  const told = look.status.at.slice(11, 19);
  const text = `STALE for ${period(stale.seconds)}: figures of ${told} UTC; ${stale.reason ?? 'no answer'}`;
  return [paint('bad', truncate(tame(text), columns))];
}

function table(part: Part): Body {
  const { view, shown, size, at } = part;
  const pools = order(view, shown.look);
  const page = Math.max(1, Math.min(pools.length, size.rows - 2));
  const first = Math.max(0, Math.min(Math.floor(at / page) * page, pools.length - page));
  const visible = pools.slice(first, first + page);
  const rows = gridLines(part, visible, at - first);
  const nothing = pools.length > 0 ? [] : wrap(none(view, shown), size.columns).slice(0, Math.max(1, size.rows - 2));
  const place = { first, page, all: pools.length };
  const lines = [...rows, ...nothing];
  const below = preview(part, size.rows - lines.length - 1);
  return { lines: closed([...lines, ...below], tableKeys(view, place, shown.keyboard), part), page, scrollMost: 0 };
}

/** Each row behind its marks: `>` the selected one, `!` one that drifts. */
function gridLines({ shown, size, paint }: Part, pools: readonly ApiPool[], selected: number): string[] {
  const marks = size.columns < NARROW ? MARKS - 1 : MARKS;
  const cells = faded(shown, paint);
  const chosen = pools[selected];
  const { titles, lines } = grid(pools, size.columns - marks, cells, (pool) => (pool === chosen ? 'strong' : null));
  const marked = lines.map((line, i) => {
    const drifts = pools[i]!.requests?.drifting === true;
    const mark = `${i === selected ? paint('strong', '>') : ' '}${drifts ? cells('bad', '!') : ' '}`;
    return `${mark}${' '.repeat(marks - 2)}${line}`;
  });
  return [`${' '.repeat(marks)}${paint('faint', titles)}`, ...marked];
}

/** What is old has no colours of its own. */
function faded({ stale }: Shown, paint: Paint): Paint {
  return stale === null ? paint : (_tone, text) => paint('faint', text);
}

function none({ filter }: View, { look }: Shown): string {
  return look.status.pools.length === 0 ? NO_POOL : `no pool has "${tame(filter)}" in its name, port, cause or thief`;
}

/** The beginning of the selected pool's explanation, where there is room. */
function preview({ shown, size, names, at, view }: Part, rows: number): string[] {
  const { explained: answer } = shown.look;
  if (!previews(size) || rows < PREVIEW_ROWS || answer === null || answer.pool !== names[at] || view.typing) return [];
  return ['', ...answerLines(shown, size.columns).slice(0, rows - 1)];
}

/** Whether what is known of the selected pool may be shown below the table. */
export function previews({ columns, whole }: Size): boolean {
  return whole && columns >= PREVIEW_COLUMNS;
}

function explained(part: Part): Body {
  return scrolling(answered(part), part);
}

function help(part: Part): Body {
  return scrolling(allKeys(sheetOf(part.size.columns, part.paint)), part);
}

function scrolling(lines: readonly string[], part: Part): Body {
  const { view, shown, size } = part;
  const page = Math.max(1, size.rows - 1);
  const scrollMost = Math.max(0, lines.length - page);
  const first = Math.min(view.scroll, scrollMost);
  const keys = scrollingKeys(view, { first, page, all: lines.length }, shown.keyboard);
  return { lines: closed(lines.slice(first, first + page), keys, part), page, scrollMost };
}

function answered({ view, shown, size }: Part): string[] {
  const { explained: answer, status } = shown.look;
  if (answer?.pool === view.open) return answerLines(shown, size.columns);
  const there = status.pools.some(({ pool }) => pool === view.open);
  return wrap(`${tame(view.open!)}: ${there ? 'asked the daemon' : 'the pool is gone'}`, size.columns);
}

function answerLines({ look, stale, colour }: Shown, columns: number): string[] {
  const [answer, width] = [look.explained!, Math.min(columns, EXPLANATION_COLUMNS)];
  const fresh = colour && stale === null;
  const lines = [
    ...explanation(answer, { columns: width, colour: fresh }),
    ...alertsOf(answer.pool, look.alerts, width, painter(fresh)),
  ];
  return stale === null ? lines : lines.map((line) => painter(colour)('faint', line));
}

/** With the keys below it, at the end of a screen that is all ours. */
function closed(lines: readonly string[], keys: readonly Piece[], { size, paint }: Part): string[] {
  const body = lines.slice(0, Math.max(0, size.rows - 1));
  const blank = size.whole ? Array<string>(Math.max(0, size.rows - 1 - body.length)).fill('') : [];
  const footer = lineOf(keys, size.columns, (tone, text) => paint(tone ?? 'faint', text));
  return [...body, ...blank, ...(footer === '' ? [] : [footer])];
}
