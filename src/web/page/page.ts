import type { ApiAlert } from '../../outputs/api_alerts.ts';
import type { LiveCourse, LiveExplain, LiveHistory, LivePool, LiveStatus, LiveUpdate } from '../../outputs/live.ts';
import { Course } from './course.ts';
import { byId } from './dom.ts';
import { showAlerts, showDrifting, showLiveness, showStatus } from './header.ts';
import { Opened } from './opened.ts';
import { newRow, type Row } from './rows.ts';
import { Sparks } from './sparks.ts';
import { Stream } from './stream.ts';

const RANGE_SECONDS = 900;

/** All that is shown, and what the daemon has told of it. */
export class Page {
  readonly #stream: Stream;
  readonly #pools = new Map<string, LivePool>();
  readonly #rows = new Map<string, Row>();
  readonly #sparks = new Sparks();
  #order: string[] = [];
  #alerts: ApiAlert[] = [];
  #status: LiveStatus | null = null;
  #atMs: number | null = null;
  #opened: Opened | null = null;
  #rangeSeconds = RANGE_SECONDS;
  #wanted = '';

  constructor() {
    this.#stream = new Stream({
      onLive: (update) => this.#live(update),
      onHistory: (history) => this.#history(history),
      onCourse: (course) => this.#course(course),
      onExplain: (explain) => this.#explain(explain),
      onLiveness: (live) => showLiveness(live, this.#atMs),
    });
    addEventListener('hashchange', () => this.#follow());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#drawOpened());
    this.#follow();
  }

  /** The address names the pool that is open: it can be sent to a colleague. */
  #follow(): void {
    const name = hashPool();
    if (this.#opened !== null && this.#opened.pool === name) return;
    this.#shut();
    if (name !== null) this.#opened = new Opened(name, (seconds) => this.range(seconds));
    this.#place();
    this.#stream.open(name);
  }

  #toggle(name: string): void {
    if (this.#opened?.pool === name) this.close();
    else location.hash = `pool=${encodeURIComponent(name)}`;
  }

  close(): void {
    if (this.#opened !== null) history.pushState(null, '', location.pathname + location.search);
    this.#follow();
  }

  #shut(): void {
    const row = this.#rows.get(this.#opened?.pool ?? '');
    this.#opened?.close();
    this.#opened = null;
    if (row !== undefined) expand(row, false);
  }

  /** The open pool into its row. */
  #place(): void {
    const row = this.#rows.get(this.#opened?.pool ?? '');
    if (row === undefined || this.#opened === null || row.place.contains(this.#opened.root)) return;
    row.place.replaceChildren(this.#opened.root);
    expand(row, true);
  }

  range(seconds: number): void {
    this.#rangeSeconds = seconds;
    this.#drawOpened();
  }

  filter(text: string): void {
    this.#wanted = text.trim().toLowerCase();
    this.#arrange();
  }

  /** To the next row down or up. */
  move(by: 1 | -1): void {
    const shown = this.#shown();
    const at = shown.findIndex((name) => this.#rows.get(name)!.item.contains(document.activeElement));
    const next = at < 0 ? (by === 1 ? 0 : shown.length - 1) : at + by;
    this.#rows.get(shown[next] ?? '')?.button.focus();
  }

  #live({ atMs, whole, stepped, status, pools, order, alerts }: LiveUpdate): void {
    this.#atMs = atMs;
    if (whole) this.#pools.clear();
    for (const pool of pools) this.#pools.set(pool.pool, pool);
    if (status !== undefined) {
      this.#status = status;
      showStatus(status);
    }
    if (alerts !== undefined) {
      this.#alerts = alerts;
      showAlerts(alerts);
    }
    if (order !== undefined) this.#order = order;
    for (const name of this.#pools.keys()) if (!this.#order.includes(name)) this.#pools.delete(name);
    if (stepped) this.#step(atMs);
    this.#arrange();
    this.#drawOpened();
  }

  #step(atMs: number): void {
    this.#sparks.step(this.#pools.values(), atMs);
    const open = this.#pools.get(this.#opened?.pool ?? '');
    if (open !== undefined) this.#opened!.course?.add(open, atMs);
  }

  #history(history: LiveHistory): void {
    this.#sparks.take(history);
    this.#arrange();
  }

  #course(course: LiveCourse): void {
    if (this.#opened?.pool !== course.pool) return;
    this.#opened.course = new Course(course).after(this.#opened.course);
    this.#drawOpened();
  }

  #explain(explain: LiveExplain): void {
    if (this.#opened?.pool === explain.pool) this.#opened.explain(explain, this.#alerts);
  }

  #drawOpened(): void {
    this.#opened?.draw(this.#pools.get(this.#opened.pool), this.#atMs ?? Date.now(), this.#rangeSeconds);
  }

  #shown(): string[] {
    const words = (pool: LivePool) => `${pool.pool} ${pool.kind} ${pool.ports.join(' ')}`.toLowerCase();
    return this.#order.filter((name) => words(this.#pools.get(name)!).includes(this.#wanted));
  }

  /** Rows in their order; one that has the focus keeps it. */
  #arrange(): void {
    const list = byId('pools');
    const shown = this.#shown();
    for (const [name, row] of this.#rows) if (!shown.includes(name)) this.#remove(name, row);
    const focused = document.activeElement as HTMLElement | null;
    shown.forEach((name, i) => {
      const row = this.#row(name);
      const firing = this.#alerts.filter(({ labels, state }) => labels.pool === name && state === 'firing').length;
      row.show(this.#pools.get(name)!, firing);
      this.#sparks.draw(row.spark, name);
      if (list.children[i] !== row.item) list.insertBefore(row.item, list.children[i] ?? null);
    });
    if (focused !== document.activeElement && list.contains(focused)) focused?.focus({ preventScroll: true });
    byId('none').hidden = this.#order.length > 0 || this.#atMs === null;
    showDrifting([...this.#pools.values()], this.#status);
    this.#place();
  }

  #row(name: string): Row {
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    const row = newRow(() => this.#toggle(name));
    this.#rows.set(name, row);
    return row;
  }

  #remove(name: string, row: Row): void {
    row.item.remove();
    this.#rows.delete(name);
  }
}

function expand(row: Row, open: boolean): void {
  row.place.hidden = !open;
  row.button.setAttribute('aria-expanded', String(open));
}

/** Null: none, or a text that is no name. */
function hashPool(): string | null {
  const [, name] = /^#pool=(.+)$/.exec(location.hash) ?? [];
  try {
    return name === undefined ? null : decodeURIComponent(name);
  } catch {
    return null;
  }
}
