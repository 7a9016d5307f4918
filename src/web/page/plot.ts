import uPlot from 'uplot';
import type { Value } from '../../outputs/live.ts';
import { clock, el } from './dom.ts';
import { decades, type Heat, heatRange, paintHeat } from './heat.ts';

export type Series = { label: string; stroke?: string; fill?: string; dash?: number[]; width: number };
/** Shaded, with words at its top. Seconds of the epoch. */
export type Shade = { from: number; until: number; label: string };

/** `log`: the y axis is logarithmic, as a heat map's. */
export type PlotOptions = { title: string; height: number; sync: string; log?: true; format(value: number): string };

/** `values` are drawn, `raw` are told: of a stack they differ. A column a series. */
export type Drawn = {
  x: number[];
  series: Series[];
  values: Value[][];
  raw: Value[][];
  shades: Shade[];
  range: readonly [number, number];
  heat?: Heat | null;
};

const AXIS_PX = 62;
const FONT = '12px system-ui, sans-serif';

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** One drawing over time; made anew where its lines or the theme change. */
export class Plot {
  readonly root: HTMLElement;
  readonly #options: PlotOptions;
  readonly #body = el('div', 'plot');
  readonly #resized: ResizeObserver;
  #plot: uPlot | null = null;
  #key = '';
  #drawn: Drawn | null = null;

  constructor(options: PlotOptions) {
    this.#options = options;
    this.root = el('figure', '', el('figcaption', '', options.title), this.#body);
    this.#resized = new ResizeObserver(() => this.#plot?.setSize({ width: this.#width, height: options.height }));
    this.#resized.observe(this.#body);
  }

  get #width(): number {
    return Math.max(200, this.#body.clientWidth);
  }

  draw(drawn: Drawn): void {
    this.#drawn = drawn;
    this.root.hidden = drawn.raw.every((values) => values.every((value) => value === null));
    if (this.root.hidden) return;
    const key = JSON.stringify([drawn.series, colour('--fg')]);
    if (key !== this.#key) this.#make(drawn);
    this.#key = key;
    this.#plot!.setData([drawn.x, ...drawn.values] as uPlot.AlignedData);
  }

  destroy(): void {
    this.#resized.disconnect();
    this.#plot?.destroy();
  }

  #make({ series }: Drawn): void {
    this.#plot?.destroy();
    const axis = {
      stroke: colour('--muted'),
      font: FONT,
      grid: { stroke: colour('--grid'), width: 1 },
      ticks: { show: false },
    };
    const { format, sync, height, log = false } = this.#options;
    this.#plot = new uPlot(
      {
        width: this.#width,
        height,
        padding: [8, 32, 0, 0],
        cursor: { sync: { key: sync }, drag: { x: false, y: false }, points: { show: false }, y: false },
        legend: { live: true },
        scales: {
          x: { time: true, range: () => [...this.#drawn!.range] },
          y: { distr: log ? 3 : 1, range: (_plot, _least, most) => this.#range(most) },
        },
        axes: [
          {
            ...axis,
            space: 70,
            size: 26,
            values: (_plot, at, _axis, _space, step) => at.map((s) => clock(s * 1000, step < 60)),
          },
          {
            ...axis,
            size: AXIS_PX,
            space: 32,
            ...(log && { splits: (_plot, _axis, least, most) => decades(least, most), filter: (_plot, at) => at }),
            values: (_plot, at) => at.map((value) => (value === 0 ? '0' : format(value))),
          },
        ],
        series: [
          { label: 'at', value: (_plot, _value, _series, i) => this.#time(i) },
          ...series.map((each, i) => this.#line(each, i)),
        ],
        hooks: { drawClear: [(plot) => this.#shade(plot)], draw: [(plot) => this.#label(plot)] },
      },
      [[], ...series.map(() => [])],
      this.#body,
    );
  }

  #range(most: number): [number, number] {
    const { heat } = this.#drawn!;
    if (heat) return heatRange(heat);
    return [0, most > 0 ? most * 1.08 : 1];
  }

  #line(series: Series, at: number): uPlot.Series {
    const value = (_plot: uPlot, _value: number, _series: number, i: number | null) => this.#told(at, i);
    return { ...series, value, points: { show: false }, spanGaps: false };
  }

  /** At the cursor, else the newest. */
  #told(series: number, i: number | null): string {
    const values = this.#drawn?.raw[series] ?? [];
    const value = values[i ?? values.length - 1] ?? null;
    return value === null ? '–' : this.#options.format(value);
  }

  #time(i: number | null): string {
    const { x } = this.#drawn ?? { x: [] };
    const at = x[i ?? x.length - 1];
    return i === null || at === undefined ? 'now' : clock(at * 1000);
  }

  #eachShade(plot: uPlot, draw: (left: number, width: number, shade: Shade) => void): void {
    const { left, width } = plot.bbox;
    for (const shade of this.#drawn?.shades ?? []) {
      const from = Math.max(left, plot.valToPos(shade.from, 'x', true));
      const until = Math.min(left + width, plot.valToPos(shade.until, 'x', true));
      if (until >= from) draw(from, Math.max(2, until - from), shade);
    }
  }

  #shade(plot: uPlot): void {
    if (this.#drawn?.heat) paintHeat(plot, this.#drawn.heat);
    plot.ctx.fillStyle = colour('--episode');
    this.#eachShade(plot, (left, width) => plot.ctx.fillRect(left, plot.bbox.top, width, plot.bbox.height));
  }

  #label(plot: uPlot): void {
    const { ctx } = plot;
    ctx.save();
    ctx.font = `${12 * uPlot.pxRatio}px system-ui, sans-serif`;
    ctx.fillStyle = colour('--bad');
    ctx.textAlign = 'left';
    ctx.textBaseline = 'top';
    this.#eachShade(plot, (left, width, { label }) => {
      if (ctx.measureText(label).width < width - 8) ctx.fillText(label, left + 4 * uPlot.pxRatio, plot.bbox.top + 2);
    });
    ctx.restore();
  }
}
