import type { ApiPool, ApiPools } from '../outputs/api.ts';
import { type Column, cell, columnsFor, driftingPools, EASILY, worstFirst } from '../outputs/columns.ts';
import { count, percent } from '../outputs/units.ts';
import { type Paint, painter } from './paint.ts';
import { padTo, truncate, widthOf } from './width.ts';

export type TableOptions = { columns: number; rows: number; colour: boolean; url: string };

const GAP = 2;
const NAME_MAX = 40;

/** One frame: header, titles and the pools, the worst first; no line is wider than `columns`, nor are there more than `rows`. */
export function frame(status: ApiPools, { columns, rows, colour, url }: TableOptions): string[] {
  const paint = painter(colour);
  const pools = worstFirst(status.pools);
  const shown = pools.slice(0, pools.length > rows - 2 ? Math.max(1, rows - 3) : pools.length);
  const chosen = choose(shown, columns);
  const widths = spread(chosen, shown, columns);
  const titles = line(chosen, widths, ({ title }) => [title, null], columns);
  return [
    paint('strong', truncate(header(status, url), columns)),
    paint('faint', titles),
    ...shown.map((pool) => row(chosen, widths, pool, paint)),
    ...footer(pools.length - shown.length, pools.length).map((text) => paint('faint', truncate(text, columns))),
  ];
}

function header(status: ApiPools, url: string): string {
  const { version, host, kernel, cpus, overheadRatio, recordsLost, workersRefused, poolsRefused } = status;
  const overhead = overheadRatio === null ? [] : [`overhead ${percent(overheadRatio)}`];
  const refused =
    workersRefused + poolsRefused === 0
      ? []
      : [`over the limit ${count(poolsRefused)} pools, ${count(workersRefused)} workers`];
  const drifting = driftingPools(status.pools);
  const parts = [
    `pooldrift ${version}`,
    ...(drifting === 0 ? [] : [`${count(drifting)} drifting`]),
    `${host}, Linux ${kernel}, ${cpus} CPUs`,
    ...overhead,
    `lost ${count(recordsLost)}`,
  ];
  return [...parts, ...refused, url].join('   ');
}

function footer(hidden: number, all: number): string[] {
  if (all === 0) return ['no pool yet: nothing listens on TCP, or nothing matches the configuration'];
  return hidden > 0 ? [`and ${count(hidden)} more`] : [];
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

function row(chosen: readonly Column[], widths: readonly number[], pool: ApiPool, paint: Paint): string {
  return line(
    chosen,
    widths,
    (column) => [cell(column, pool), column.tone?.(pool) ?? null],
    Number.POSITIVE_INFINITY,
    paint,
  );
}

function line(
  chosen: readonly Column[],
  widths: readonly number[],
  content: (column: Column) => [text: string, tone: 'warn' | 'bad' | null],
  columns: number,
  paint: Paint = painter(false),
): string {
  const cells = chosen.map((column, i) => {
    const [text, tone] = content(column);
    return paint(tone, padTo(text, widths[i]!, column.align));
  });
  return truncate(cells.join(' '.repeat(GAP)).trimEnd(), columns);
}
