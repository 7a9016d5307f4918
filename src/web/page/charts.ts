import uPlot from 'uplot';
import { COMPONENTS, type Component } from '../../decode/sample.ts';
import { COMPONENT_COLOURS } from '../../outputs/colours.ts';
import { causeOfCode, type Field, type Value } from '../../outputs/live.ts';
import { duration } from '../../outputs/units.ts';
import { COMPONENT_WORDS } from '../../outputs/words.ts';
import { type Course, type EpisodeSpan, episodeSpans } from './course.ts';
import { el } from './dom.ts';
import type { Heat } from './heat.ts';
import { colour, type Drawn, Plot, type Series } from './plot.ts';

const WAITS = 'Waits of its workers for a CPU: the stronger the colour, the more often';

/** The drawings of an open pool, on one time axis. */
export class Charts {
  readonly root: HTMLElement;
  readonly #latency: Plot;
  readonly #budget: Plot;
  readonly #sizes: Plot;
  readonly #waits: Plot;

  constructor() {
    const sync = uPlot.sync('pool').key;
    const time = (value: number) => duration(value)!;
    const workers = (value: number) => (value >= 9.95 ? value.toFixed(0) : value.toFixed(1));
    this.#latency = new Plot({ title: 'P99', height: 170, sync, format: time });
    this.#budget = new Plot({ title: 'The slowest 1 %, on average', height: 200, sync, format: time });
    this.#sizes = new Plot({ title: 'Workers', height: 140, sync, format: workers });
    this.#waits = new Plot({ title: WAITS, height: 150, sync, log: true, format: time });
    this.root = el('div', 'charts', this.#latency.root, this.#budget.root, this.#sizes.root, this.#waits.root);
  }

  /** `now`: the figures of this very moment, behind the last step. */
  draw(course: Course, now: { atMs: number; point: Value[] } | null, untilMs: number, rangeSeconds: number): void {
    const later = now !== null && now.atMs > (course.atMs.at(-1) ?? 0) ? now : null;
    const atMs = later === null ? course.atMs : [...course.atMs, later.atMs];
    const values = (field: Field) => course.values(field, later?.point ?? null);
    const spans: EpisodeSpan[] = episodeSpans(atMs, values('episode'));
    const shades = spans.map(({ fromMs, untilMs: end, code }) => ({
      from: fromMs / 1000,
      until: end / 1000,
      label: causeOfCode(code) ?? 'drifts',
    }));
    const x = atMs.map((ms) => ms / 1000);
    const range = [from(x[0], untilMs / 1000, rangeSeconds), untilMs / 1000] as const;
    const show = (plot: Plot, drawn: Pick<Drawn, 'series' | 'values' | 'raw' | 'heat'>) =>
      plot.draw({ ...drawn, x, shades, range });
    show(this.#latency, latency(values));
    show(this.#budget, budget(values));
    show(this.#sizes, sizes(values));
    show(this.#waits, { ...waits(values), heat: heat(course) });
  }

  destroy(): void {
    for (const plot of [this.#latency, this.#budget, this.#sizes, this.#waits]) plot.destroy();
  }
}

const LEAST_SECONDS = 60;

/** A daemon that is younger than the range fills the drawing all the same. */
function from(first: number | undefined, until: number, rangeSeconds: number): number {
  return Math.min(Math.max(first ?? until, until - rangeSeconds), until - LEAST_SECONDS);
}

type Read = (field: Field) => Value[];

function plain(series: Series[], read: Read, fields: readonly Field[]): Pick<Drawn, 'series' | 'values' | 'raw'> {
  const values = fields.map(read);
  return { series, values, raw: values };
}

function latency(read: Read) {
  const series: Series[] = [
    { label: 'usually', stroke: colour('--muted'), dash: [6, 4], width: 1.5 },
    { label: 'P99', stroke: colour('--fg'), width: 1.75 },
  ];
  return plain(series, read, ['baselineP99Seconds', 'p99Seconds']);
}

/** A part that was never more than this share of the greatest one is not drawn. */
const NEGLIGIBLE = 0.005;

/** Sums from the bottom up, drawn from the top down: each covers what is not its own. */
function budget(read: Read): Pick<Drawn, 'series' | 'values' | 'raw'> {
  const all = COMPONENTS.map((component) => ({ component, values: read(component) }));
  const most = Math.max(...all.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const shown = all.filter(({ values }) => values.some((value) => value !== null && value > NEGLIGIBLE * most));
  let below: Value[] = [];
  const stacked = shown.map(({ component, values }) => {
    below = values.map((value, i) => (value === null ? null : Math.max(0, value) + (below[i] ?? 0)));
    return { component, values, sums: below };
  });
  stacked.reverse();
  return {
    series: stacked.map(({ component }) => filled(component)),
    values: stacked.map(({ sums }) => sums),
    raw: stacked.map(({ values }) => values),
  };
}

function filled(component: Component): Series {
  return { label: COMPONENT_WORDS[component], fill: COMPONENT_COLOURS[component], width: 0 };
}

function sizes(read: Read) {
  const series: Series[] = [
    { label: 'size', stroke: colour('--muted'), dash: [6, 4], width: 1.5 },
    { label: 'CPUs it may use', stroke: colour('--bad'), dash: [2, 3], width: 1.5 },
    { label: 'active', stroke: colour('--line-2'), width: 1.25 },
    { label: 'demand', stroke: COMPONENT_COLOURS.runqueue, width: 1.75 },
    { label: 'parallelism', stroke: COMPONENT_COLOURS.oncpu, width: 1.75 },
  ];
  return plain(series, read, ['size', 'cpuLimit', 'active', 'demand', 'parallelism']);
}

function waits(read: Read) {
  const series: Series[] = [{ label: 'P99', stroke: colour('--fg'), width: 1.5 }];
  return plain(series, read, ['runqueueWaitP99Seconds']);
}

function heat({ atMs, stepMs, waits: levels }: Course): Heat {
  const x = atMs.map((ms) => ms / 1000);
  return { x, stepSeconds: stepMs / 1000, levels, colour: COMPONENT_COLOURS.runqueue };
}
