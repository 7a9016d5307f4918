import type uPlot from 'uplot';
import { CLASSIC_BOUNDS_NS } from '../../windows/histogram.ts';
import type { WaitLevels } from '../../windows/wait_levels.ts';

/** Below a drawing's lines: how often waits of each length ended. `x`: each step's end, seconds of the epoch. */
export type Heat = {
  x: readonly number[];
  stepSeconds: number;
  levels: readonly (WaitLevels | null)[];
  colour: string;
};

export type Column = { left: number; right: number; levels: number[] };

const BOUNDS = CLASSIC_BOUNDS_NS.map((ns) => ns / 1e9);
/** Waits below the first bound, and beyond the last one, are drawn as far as this: seconds. */
const [LEAST, MOST] = [BOUNDS[0]! / 2, BOUNDS.at(-1)! * 2];
/** A drawing goes up to here at least: a few short waits are not to look like long ones. */
const TOP_LEAST = 1e-3;
const FAINTEST = 0.12;

/** Seconds, from the least to the longest wait that there was. */
export function heatRange({ levels }: Heat): [least: number, most: number] {
  const longest = Math.max(0, ...levels.map((row) => row?.length ?? 0));
  return [LEAST, Math.max(TOP_LEAST, BOUNDS[longest - 1] ?? (longest === 0 ? 0 : MOST))];
}

/** Steps as columns of whole pixels; of those that share one, the most of each length. */
export function heatColumns({ x, stepSeconds, levels }: Heat, toPx: (seconds: number) => number): Column[] {
  const columns: Column[] = [];
  levels.forEach((row, i) => {
    if (row === null) return;
    const since = x[i]! - (x[i - 1] ?? Number.NEGATIVE_INFINITY);
    const left = Math.round(toPx(x[i]! - (since < 1.5 * stepSeconds ? since : stepSeconds)));
    const right = Math.max(left + 1, Math.round(toPx(x[i]!)));
    const last = columns.at(-1);
    if (last === undefined || left >= last.right) columns.push({ left, right, levels: [...row] });
    else Object.assign(last, { right: Math.max(last.right, right), levels: most(last.levels, row) });
  });
  return columns;
}

function most(a: WaitLevels, b: WaitLevels): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => Math.max(a[i] ?? 0, b[i] ?? 0));
}

/** The more often, the stronger the colour. */
export function paintHeat(plot: uPlot, heat: Heat): void {
  const { ctx, bbox } = plot;
  const columns = heatColumns(heat, (seconds) => plot.valToPos(seconds, 'x', true));
  const strongest = Math.max(1, ...columns.flatMap(({ levels }) => levels));
  const edges = [LEAST, ...BOUNDS, MOST].map((seconds) => Math.round(plot.valToPos(seconds, 'y', true)));
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = heat.colour;
  for (const { left, right, levels } of columns) {
    levels.forEach((level, i) => {
      if (level === 0) return;
      ctx.globalAlpha = FAINTEST + (1 - FAINTEST) * (level / strongest) ** 2;
      ctx.fillRect(left, edges[i + 1]!, right - left, edges[i]! - edges[i + 1]!);
    });
  }
  ctx.restore();
}

/** Powers of ten within, for an axis of seconds. */
export function decades(least: number, most: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(least) - 1e-9), Math.floor(Math.log10(most) + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}
