import type { ApiPool, ApiPools } from '../outputs/api.ts';
import { type Column, cell, columnsFor, driftingPools, EASILY, worstFirst } from '../outputs/columns.ts';
import { count, percent } from '../outputs/units.ts';
import { lineOf, type Piece } from './line.ts';
import { type Paint, painter, type Tone } from './paint.ts';
import { padTo, truncate, widthOf } from './width.ts';

export type TableOptions = { columns: number; rows: number; colour: boolean; url: string };

const GAP = 2;
const NAME_MAX = 40;

/** One frame: header, titles and the pools, the worst first; no line is wider than `columns`, nor are there more than `rows`. */
export function frame(status: ApiPools, { columns, rows, colour, url }: TableOptions): string[] {
  const paint = painter(colour);
  const pools = worstFirst(status.pools);
  const shown = pools.slice(0, pools.length > rows - 2 ? Math.max(1, rows - 3) : pools.length);
  const { titles, lines } = grid(shown, columns, paint);
  return [
    header(status, url, columns, paint),
    paint('faint', titles),
    ...lines,
    ...footer(pools.length - shown.length, pools.length).map((text) => paint('faint', truncate(text, columns))),
  ];
}

export const NO_POOL = 'no pool yet: nothing listens on TCP, or nothing matches the configuration';

function footer(hidden: number, all: number): string[] {
  if (all === 0) return [NO_POOL];
  return hidden > 0 ? [`and ${count(hidden)} more`] : [];
}

/** What is drifting, where, and what pooldrift itself costs and loses; a narrow one leaves out from the end of that. */
export function header(status: ApiPools, url: string, columns: number, paint: Paint): string {
  const { version, host, kernel, cpus, overheadRatio, recordsLost, workersRefused, poolsRefused } = status;
  const drifting = driftingPools(status.pools);
  const refused = workersRefused + poolsRefused > 0;
  const pieces: (Piece | null)[] = [
    { text: `pooldrift ${version}`, need: 3 },
    drifting === 0 ? null : { text: `${count(drifting)} drifting`, need: 0, tone: 'bad' },
    { text: host, need: 2 },
    { text: `Linux ${kernel}, ${cpus} CPUs`, need: 7 },
    overheadRatio === null ? null : { text: `overhead ${percent(overheadRatio)}`, need: 6 },
    { text: `lost ${count(recordsLost)}`, need: 5 },
    refused ? { text: `over the limit ${count(poolsRefused)} pools, ${count(workersRefused)} workers`, need: 4 } : null,
    { text: url, need: 8 },
  ];
  const shown = pieces.filter((piece) => piece !== null);
  return lineOf(
    shown.map((piece) => ({ tone: 'strong', ...piece })),
    columns,
    paint,
  );
}

export type Grid = { titles: string; lines: string[] };

/** Titles and a line a pool, in as many columns as fit. `toneOf`: what a row has where no cell has a tone of its own. */
export function grid(
  pools: readonly ApiPool[],
  columns: number,
  paint: Paint,
  toneOf: (pool: ApiPool) => Tone | null = () => null,
): Grid {
  const chosen = choose(pools, columns);
  const widths = spread(chosen, pools, columns);
  const titles = line(chosen, widths, ({ title }) => [title, null], painter(false));
  const lines = pools.map((pool) =>
    line(chosen, widths, (column) => [cell(column, pool), column.tone?.(pool) ?? toneOf(pool)], paint),
  );
  return { titles: truncate(titles, columns), lines };
}

/** The columns that fit; the least needed goes first. */
function choose(pools: readonly ApiPool[], columns: number): Column[] {
  let chosen = columnsFor(pools);
  for (;;) {
    const leastNeeded = Math.max(...chosen.map(({ optional }) => optional));
    const width = leastNeeded > EASILY ? fair : least;
    const needed = chosen.reduce((sum, column) => sum + width(column, pools) + GAP, -GAP);
    if (needed <= columns || leastNeeded === 0) return chosen;
    chosen = chosen.filter(({ optional }) => optional !== leastNeeded);
  }
}

function natural(column: Column, pools: readonly ApiPool[]): number {
  const widest = Math.max(widthOf(column.title), ...pools.map((pool) => widthOf(cell(column, pool))));
  return column.least === undefined ? widest : Math.min(widest, NAME_MAX);
}

function least(column: Column, pools: readonly ApiPool[]): number {
  return Math.min(natural(column, pools), column.least ?? Number.POSITIVE_INFINITY);
}

function fair(column: Column, pools: readonly ApiPool[]): number {
  return Math.min(natural(column, pools), column.fair ?? least(column, pools));
}

/** What is left over goes to the columns of names, the first one first. */
function spread(chosen: readonly Column[], pools: readonly ApiPool[], columns: number): number[] {
  const wanted = chosen.map((column) => natural(column, pools));
  const floor = chosen.some(({ optional }) => optional > EASILY) ? fair : least;
  const widths = chosen.map((column) => floor(column, pools));
  let left = columns - widths.reduce((sum, width) => sum + width + GAP, -GAP);
  for (const [i, want] of wanted.entries()) {
    const more = Math.max(0, Math.min(left, want - widths[i]!));
    widths[i]! += more;
    left -= more;
  }
  return left < 0 ? widths.map((width) => Math.min(width, columns)) : widths;
}

function line(
  chosen: readonly Column[],
  widths: readonly number[],
  content: (column: Column) => [text: string, tone: Tone | null],
  paint: Paint,
): string {
  const last = chosen.length - 1;
  const cells = chosen.map((column, i) => {
    const [text, tone] = content(column);
    const padded = padTo(text, widths[i]!, column.align);
    return paint(tone, i === last ? padded.trimEnd() : padded);
  });
  return cells.join(' '.repeat(GAP));
}
