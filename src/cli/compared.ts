import type { ApiPart } from '../outputs/explain.ts';
import { scaleOf } from '../outputs/units.ts';
import { ALWAYS, addingUp, BAR_MAX, BAR_MIN, bar, LABEL, labelsOf, MARK, TONES } from './budget.ts';
import type { Paint } from './paint.ts';
import { padTo } from './width.ts';

const WAS = 8;
const NOW = 11;
const GAIN = 7;
/** Narrower, there is no room for what it was. */
const NOW_ALONE = 8;

type Row = ApiPart & { was: string; now: string };

/** A line a part: its bar, what it usually is, what it is, and the difference; then the sums. */
export function comparedLines(budget: readonly ApiPart[], gained: boolean, columns: number, paint: Paint): string[] {
  const [was, now] = [budget.map(({ baselineSeconds }) => baselineSeconds ?? 0), budget.map(({ seconds }) => seconds)];
  const [wasMean, nowMean] = [sum(was), sum(now)];
  const scale = scaleOf(Math.max(wasMean, nowMean));
  const [wasFigures, nowFigures] = [addingUp(was, scale), addingUp(now, scale)];
  const rows = budget
    .map((part, i): Row => ({ ...part, was: wasFigures[i]!, now: nowFigures[i]! }))
    .filter(({ component, was: usual, now: is }) => ALWAYS.has(component) || is !== '0' || usual !== '0');
  const labels = labelsOf(rows.map(({ component }) => component));
  const leading = greatest(rows, gained);
  const layout = layoutOf(columns);
  const line = (label: string, drawn: string, row: Pick<Row, 'was' | 'now'>, unit: string, strong: boolean) =>
    paint(strong ? 'strong' : null, padTo(label, LABEL, 'left')) +
    drawn +
    paint(strong ? 'strong' : null, figures(row, unit, scale.decimals, layout));
  const lines = rows.map((row, i) => {
    const text = row.now === '0' ? '' : bar(nowMean === 0 ? 0 : row.seconds / nowMean, layout.bar);
    const drawn = paint(TONES[row.component], padTo(text, layout.bar, 'left'));
    const strong = row === leading;
    return (
      line(labels[i]!, drawn, row, i === 0 ? scale.unit : '', strong) +
      paint(strong ? 'strong' : null, strong ? '  <' : '')
    );
  });
  const sums = { was: total(wasFigures, scale.decimals), now: total(nowFigures, scale.decimals) };
  return [heads(layout), ...lines, line('', ' '.repeat(layout.bar), sums, scale.unit, true)].map((text) =>
    text.trimEnd(),
  );
}

type Layout = { bar: number; was: number; now: number };

function layoutOf(columns: number): Layout {
  const room = columns - LABEL - GAIN - MARK;
  if (room < WAS + NOW) return { bar: 0, was: 0, now: NOW_ALONE };
  const left = Math.min(BAR_MAX, room - WAS - NOW);
  return { bar: left < BAR_MIN ? 0 : left, was: WAS, now: NOW };
}

function heads({ bar: drawn, was, now }: Layout): string {
  const unit = '   ';
  return (
    ' '.repeat(LABEL + drawn) + padTo(was === 0 ? '' : `was${unit}`, was, 'right') + padTo(`now${unit}`, now, 'right')
  );
}

function figures({ was, now }: Pick<Row, 'was' | 'now'>, unit: string, decimals: number, layout: Layout): string {
  const withUnit = (figure: string) => `${figure} ${unit.padEnd(2)}`;
  const before = layout.was === 0 ? '' : padTo(withUnit(was), layout.was, 'right');
  return before + padTo(withUnit(now), layout.now, 'right') + padTo(difference(was, now, decimals), GAIN, 'right');
}

/** Of what is shown, so that each line adds up; empty where it is none. */
function difference(was: string, now: string, decimals: number): string {
  const text = (Number(now) - Number(was)).toFixed(decimals);
  return Number(text) === 0 ? '' : Number(text) > 0 ? `+${text}` : text;
}

/** What has grown most; where nothing is said to have grown, what is most. */
function greatest(rows: readonly Row[], gained: boolean): Row | undefined {
  const size = ({ seconds, baselineSeconds }: Row) => (gained ? seconds - (baselineSeconds ?? 0) : seconds);
  return rows.toSorted((a, b) => size(b) - size(a)).find((row) => size(row) > 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function total(parts: readonly string[], decimals: number): string {
  return sum(parts.map(Number)).toFixed(decimals);
}
