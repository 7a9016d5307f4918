import { alarmsOf, type Delays, delaysOf, of, spellsOf } from './findings.ts';
import {
  BLIP_FACTORS,
  BLIP_SECONDS,
  DRIFT_FACTORS,
  DRIFT_SECONDS,
  FACTORS,
  HOUR_SECONDS,
  type Size,
  YOUNG_SECONDS,
} from './plan.ts';
import { shapeOf } from './shapes.ts';
import type { Kept } from './store.ts';

/** The tables of docs/DRIFT.md, of what there are results for. */
export function report(kept: readonly Kept[], size: Size): string {
  const parts = [
    ...alarmTables(kept, size),
    ...(size.delayTrials > 0 ? delayTables(kept, size) : []),
    ...(size.spellTrials > 0 ? spellTables(kept, size) : []),
  ];
  return parts.join('\n\n');
}

function alarmTables(kept: readonly Kept[], { shapes, rates }: Size): string[] {
  const rows = shapes.flatMap((shape) =>
    rates.flatMap((rate) => {
      const runs = of(kept, 'healthy', { shape, rate });
      if (runs.length === 0) return [];
      const { hours, raw, borne, young, aYear, aYearMax, drifting } = alarmsOf(runs);
      const cells = [
        hours,
        raw,
        borne,
        raw - borne,
        young,
        figure(aYear),
        figure(aYearMax),
        `${(100 * drifting).toFixed(3)} %`,
      ];
      return [[shape, number(rate), ...cells.map((cell) => (typeof cell === 'number' ? number(cell) : cell))]];
    }),
  );
  if (rows.length === 0) return [];
  const head = [
    'shape',
    'requests/s',
    'pool-hours',
    'alarms',
    'borne out',
    'not',
    'young',
    'not, a year',
    '95 % bound',
    'in episodes',
  ];
  return [
    '### False alarms',
    grid(head, rows),
    grid(
      ['shape', 'is'],
      shapes.map((name) => [name, shapeOf(name).says]),
    ),
  ];
}

function delayTables(kept: readonly Kept[], { shapes, rates }: Size): string[] {
  const table = (healthySeconds: number) =>
    grid(
      ['shape', 'requests/s', ...FACTORS.map((factor) => `${factor}x`)],
      shapes.flatMap((shape) =>
        rates.map((rate) => {
          const cells = FACTORS.map((factor) =>
            delayCell(delaysOf(of(kept, 'delay', { shape, rate, factor, healthySeconds }))),
          );
          return [shape, number(rate), ...cells];
        }),
      ),
    );
  return [
    '### Delay: a step, after an hour of baseline',
    table(HOUR_SECONDS),
    '### Delay: a step, after 5.5 minutes of baseline',
    table(YOUNG_SECONDS),
  ];
}

function delayCell(delays: Delays | null): string {
  if (!delays) return '';
  const { median, p95, missed } = delays;
  const seconds = `${delayFigure(median)} / ${delayFigure(p95)}`;
  return missed === 0 ? seconds : `${seconds}, ${(100 * missed).toFixed(missed < 0.1 ? 1 : 0)} % never`;
}

function delayFigure(seconds: number): string {
  return Number.isFinite(seconds) ? figure(seconds) : '-';
}

function spellTables(kept: readonly Kept[], { shapes, rates }: Size): string[] {
  const blipRows = rates.flatMap((rate) =>
    BLIP_FACTORS.map((factor) => {
      const cells = BLIP_SECONDS.map((seconds) => {
        const { trials, none } = spellsOf(of(kept, 'spell', { rate, factor, seconds }));
        return `${trials - none} of ${trials}`;
      });
      return [number(rate), `${factor}x`, ...cells];
    }),
  );
  const driftRows = shapes.flatMap((shape) =>
    rates.flatMap((rate) =>
      DRIFT_FACTORS.map((factor) => [shape, number(rate), `${factor}x`, ...driftCells(kept, shape, rate, factor)]),
    ),
  );
  return [
    '### Blips: how many made an episode, all shapes, by length',
    grid(['requests/s', 'height', ...BLIP_SECONDS.map((seconds) => `${seconds} s`)], blipRows),
    '### Drifts of 30 minutes',
    grid(
      ['shape', 'requests/s', 'height', 'no episode', 'one', 'more', 'onset off by', 'ended after the end'],
      driftRows,
    ),
  ];
}

function driftCells(kept: readonly Kept[], shape: string, rate: number, factor: number): string[] {
  const { none, one, more, sinceOff, endLate } = spellsOf(
    of(kept, 'spell', { shape, rate, factor, seconds: DRIFT_SECONDS }),
  );
  const spread = (each: { median: number; p95: number } | null) =>
    each ? `${figure(each.median)} / ${figure(each.p95)}` : '';
  return [`${none}`, `${one}`, `${more}`, spread(sinceOff), spread(endLate)];
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function figure(value: number): string {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value < 1 ? 2 : 1;
  return value >= 1000 ? number(Math.round(value)) : value.toFixed(digits);
}

/** Markdown; columns are padded, so that it also reads well on a terminal. */
export function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, i) => Math.max(cell.length, 3, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, i) => (cells[i] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}
