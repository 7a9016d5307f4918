import type { ApiAlert } from '../../outputs/api_alerts.ts';
import type { LiveExplain, LivePool } from '../../outputs/live.ts';
import { pointOf } from '../../outputs/live.ts';
import { Charts } from './charts.ts';
import type { Course } from './course.ts';
import { budgetTable, headline, sizes, thieves } from './detail.ts';
import { el } from './dom.ts';
import { alertBox } from './header.ts';

export const RANGES = [
  [300, '5 min'],
  [900, '15 min'],
  [3600, '60 min'],
] as const;

/** The open pool: what is said of it, drawn over time, and in figures. */
export class Opened {
  readonly pool: string;
  readonly root: HTMLElement;
  readonly #head = el('div', 'head', 'One moment.');
  readonly #charts = new Charts();
  readonly #side = el('div', 'side');
  readonly #ranges: HTMLButtonElement[];
  course: Course | null = null;

  constructor(pool: string, onRange: (seconds: number) => void) {
    this.pool = pool;
    this.#ranges = RANGES.map(([seconds, name]) => {
      const button = el('button', '', name);
      button.type = 'button';
      button.addEventListener('click', () => onRange(seconds));
      return button;
    });
    const ranges = el('div', 'ranges', ...this.#ranges);
    ranges.setAttribute('role', 'group');
    ranges.setAttribute('aria-label', 'Time shown');
    const drawings = el('div', 'drawings', ranges, this.#charts.root);
    this.root = el('div', 'opened', this.#head, el('div', 'columns', drawings, this.#side));
  }

  explain({ explain }: LiveExplain, alerts: readonly ApiAlert[]): void {
    if (this.#selecting()) return;
    if (explain === null) {
      this.#head.replaceChildren('This pool is gone.');
      return;
    }
    const own = alerts.filter(({ labels }) => labels.pool === this.pool);
    this.#head.replaceChildren(...headline(explain));
    const boxes = [alertBox(own), budgetTable(explain), thieves(explain), sizes(explain)];
    this.#side.replaceChildren(...boxes.filter((box) => box !== null));
  }

  /** Somebody copies text: it must not change below the pointer. */
  #selecting(): boolean {
    const selection = document.getSelection();
    return selection !== null && !selection.isCollapsed && this.root.contains(selection.anchorNode);
  }

  draw(pool: LivePool | undefined, nowMs: number, rangeSeconds: number): void {
    RANGES.forEach(([seconds], i) => {
      this.#ranges[i]!.setAttribute('aria-pressed', String(seconds === rangeSeconds));
    });
    if (this.course === null) return;
    const now = pool === undefined ? null : { atMs: nowMs, point: pointOf(pool) };
    this.#charts.draw(this.course, now, nowMs, rangeSeconds);
  }

  close(): void {
    this.#charts.destroy();
    this.root.remove();
  }
}
