import type { Component } from '../decode/sample.ts';
import type { ApiPart } from '../outputs/explain.ts';
import { percent, type Scale, scaled, scaleOf } from '../outputs/units.ts';
import { COMPONENT_WORDS } from '../outputs/words.ts';
import type { Paint, Tone } from './paint.ts';
import { padTo } from './width.ts';

export const LABEL = 22;
const FIGURE = 8;
const SHARE = 7;
export const MARK = 3;
export const BAR_MAX = 40;
export const BAR_MIN = 8;

/** One colour a kind of time, everywhere. */
export const TONES: Record<Component, Tone> = {
  queue: 'warn',
  wakeup: 'bad',
  oncpu: 'good',
  runqueue: 'bad',
  throttled: 'held',
  blocked_lock: 'blocked',
  blocked_io: 'blocked',
  blocked_network: 'blocked',
  blocked_epoll: 'blocked',
  blocked_sleep: 'blocked',
  blocked_fault: 'blocked',
  blocked_other: 'blocked',
  unexplained: 'faint',
};

/** Shown also where there is none of it: what everybody asks about, and what is never hidden. */
export const ALWAYS: ReadonlySet<Component> = new Set(['queue', 'oncpu', 'runqueue', 'throttled', 'unexplained']);

/** A line a part with its bar, then the sum. No line is wider than `columns`, from 40 on. */
export function budgetLines(budget: readonly ApiPart[], meanSeconds: number, columns: number, paint: Paint): string[] {
  const scale = scaleOf(meanSeconds);
  const figures = addingUp(
    budget.map(({ seconds }) => seconds),
    scale,
  );
  const room = Math.min(BAR_MAX, columns - LABEL - FIGURE - SHARE - MARK);
  const width = room < BAR_MIN ? 0 : room;
  const greatest = Math.max(...budget.map(({ seconds }) => seconds));
  const rows = budget
    .map(({ component, seconds }, i) => ({ component, seconds, figure: figures[i]! }))
    .filter(({ component, figure }) => ALWAYS.has(component) || figure !== '0');
  const labels = labelsOf(rows.map(({ component }) => component));
  const lines = rows.map(({ component, seconds, figure }, i) => {
    const share = meanSeconds === 0 ? 0 : seconds / meanSeconds;
    const strong = seconds === greatest && seconds > 0;
    const unit = i === 0 ? scale.unit : ' '.repeat(scale.unit.length);
    const end = `${padTo(`${figure} ${unit}`, FIGURE, 'right')}${padTo(percent(figure === '0' ? 0 : share)!, SHARE, 'right')}`;
    const tone = strong ? 'strong' : null;
    const drawn = paint(TONES[component], padTo(figure === '0' ? '' : bar(share, width), width, 'left'));
    return `${paint(tone, padTo(labels[i]!, LABEL, 'left'))}${drawn}${paint(tone, `${end}${strong ? '  <' : ''}`)}`;
  });
  const sum = padTo(`${scaled(meanSeconds, scale)} ${scale.unit}`, FIGURE, 'right');
  return [...lines, `${' '.repeat(LABEL + width)}${paint('strong', sum)}`];
}

/** `  run queue`; what workers were blocked on stands together under `blocked`. */
export function labelsOf(components: readonly Component[]): string[] {
  const firstBlocked = components.find((component) => component.startsWith('blocked_'));
  return components.map((component) => {
    const word = COMPONENT_WORDS[component];
    if (!component.startsWith('blocked_')) return `  ${word}`;
    return `  ${component === firstBlocked ? 'blocked' : '       '}  ${word}`;
  });
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** An eighth of a column at least for what is not nothing. */
export function bar(share: number, width: number): string {
  const eighths = share <= 0 ? 0 : Math.max(1, Math.round(Math.min(1, share) * width * 8));
  return width === 0 ? '' : '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

/**
 * The times rounded so that what is shown sums to what is shown of their sum: each is rounded down, and the last digits
 * that are then missing go to those that lost most (the largest-remainder method).
 */
export function addingUp(seconds: readonly number[], { factor, decimals }: Scale): string[] {
  const units = seconds.map((value) => value * factor * 10 ** decimals);
  const floors = units.map(Math.floor);
  const whole = Math.round(units.reduce((a, b) => a + b, 0));
  const missing = whole - floors.reduce((a, b) => a + b, 0);
  const byLoss = units.map((value, i) => ({ i, loss: value - floors[i]! })).sort((a, b) => b.loss - a.loss);
  for (const { i } of byLoss.slice(0, missing)) floors[i]! += 1;
  return floors.map((value) => (value === 0 ? '0' : (value / 10 ** decimals).toFixed(decimals)));
}
