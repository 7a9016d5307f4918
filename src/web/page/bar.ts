import { COMPONENTS, type Component, type State } from '../../decode/sample.ts';
import { COMPONENT_COLOURS } from '../../outputs/colours.ts';
import type { LivePool } from '../../outputs/live.ts';
import { duration, percent } from '../../outputs/units.ts';
import { COMPONENT_WORDS } from '../../outputs/words.ts';
import { el } from './dom.ts';

export type Part = { component: Component; value: number };

/** States of workers that want a CPU: components of the same names. */
const WANTING = ['oncpu', 'wakeup', 'runqueue', 'throttled'] as const satisfies readonly (State & Component)[];

/** What the bar of a pool is made of: its slowest requests, else what its workers did with the time in which they wanted to run. */
export function partsOf({ tailSeconds, workers }: LivePool): { parts: Part[]; of: 'tail' | 'workers' } {
  if (tailSeconds !== null)
    return {
      of: 'tail',
      parts: COMPONENTS.map((component, i) => ({ component, value: Math.max(0, tailSeconds[i]!) })),
    };
  const parts = workers === null ? [] : WANTING.map((component) => ({ component, value: workers[component] }));
  return { of: 'workers', parts };
}

export function sum(parts: readonly Part[]): number {
  return parts.reduce((all, { value }) => all + value, 0);
}

/** The parts stacked from left to right, in widths of the whole. */
export function drawBar(into: HTMLElement, parts: readonly Part[]): void {
  const whole = sum(parts);
  const shown = parts.filter(({ value }) => value > 0.002 * whole);
  while (into.childElementCount > shown.length) into.lastElementChild!.remove();
  while (into.childElementCount < shown.length) into.append(el('span'));
  shown.forEach(({ component, value }, i) => {
    const piece = into.children[i] as HTMLElement;
    piece.style.flexGrow = (value / whole).toFixed(4);
    piece.style.background = COMPONENT_COLOURS[component];
    piece.title = `${COMPONENT_WORDS[component]} ${percent(value / whole)}`;
  });
}

/** `run queue 52 % of 11.2 ms`. */
export function caption(pool: LivePool): string {
  const { parts, of } = partsOf(pool);
  const whole = sum(parts);
  if (pool.threads === 0) return 'no process';
  if (whole === 0) return of === 'tail' ? 'no request' : 'its workers ask for no CPU';
  const most = parts.reduce((best, part) => (part.value > best.value ? part : best));
  const share = `${COMPONENT_WORDS[most.component]} ${percent(most.value / whole)}`;
  return of === 'tail' ? `${share} of ${duration(whole)}, slowest 1 %` : `workers that want to run: ${share}`;
}
