import type { ApiPart } from '../outputs/explain.ts';
import { scaleOf } from '../outputs/units.ts';
import { COMPONENT_WORDS } from '../outputs/words.ts';
import { ALWAYS, addingUp } from './budget.ts';
import type { Paint } from './paint.ts';
import { padTo } from './width.ts';

/** Below so many columns there is no room for bars, nor for labels beside the text. */
export const NARROW = 40;

const FIGURE = 7;
const MARK = 2;

/** The budget as words and figures alone, then their sum; no line is wider than `columns`, from 16 on. */
export function narrowLines(budget: readonly ApiPart[], gained: boolean, columns: number, paint: Paint): string[] {
  const seconds = budget.map((part) => part.seconds);
  const sum = seconds.reduce((all, value) => all + value, 0);
  const scale = scaleOf(sum);
  const figures = addingUp(seconds, scale);
  const size = ({ seconds: now, baselineSeconds: was }: ApiPart) => (gained ? now - (was ?? 0) : now);
  const leading = budget.toSorted((a, b) => size(b) - size(a)).find((part) => size(part) > 0);
  const line = (word: string, figure: string, unit: string, mark: string) => {
    const end = padTo(`${figure} ${unit.padEnd(2)}`, FIGURE, 'right');
    return `${padTo(word, columns - FIGURE - MARK, 'left')}${end}${mark}`.trimEnd();
  };
  const shown = budget
    .map((part, i) => ({ part, figure: figures[i]! }))
    .filter(({ part, figure }) => ALWAYS.has(part.component) || figure !== '0');
  const lines = shown.map(({ part, figure }, i) => {
    const [strong, unit] = [part === leading, i === 0 ? scale.unit : ''];
    return paint(strong ? 'strong' : null, line(COMPONENT_WORDS[part.component], figure, unit, strong ? ' <' : ''));
  });
  const whole = addingUp([sum], scale)[0]!;
  return [...lines, paint('strong', line('', whole, scale.unit, ''))];
}
