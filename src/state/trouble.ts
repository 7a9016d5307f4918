import type { Log } from '../pools/roster.ts';

/** What was not tried again for so long has gone, and its fault with it. */
const FORGOTTEN_MS = 3_600_000;

/** Says a fault that lasts once, and its end once. */
export class Trouble {
  readonly #where: string;
  readonly #log: Log;
  /** What fails, and when it was last tried. */
  readonly #failing = new Map<string, number>();
  readonly #said = new Set<string>();

  constructor(where: string, log: Log) {
    this.#where = where;
    this.#log = log;
  }

  failed(what: string, reason: string, nowMs: number): void {
    this.#failing.set(what, nowMs);
    if (this.#said.has(reason)) return;
    this.#said.add(reason);
    this.#log.warn(`${this.#where}: ${reason}; nothing is kept over a restart until that is put right`);
  }

  worked(what: string, nowMs: number): void {
    this.#failing.delete(what);
    for (const [other, atMs] of this.#failing) if (nowMs - atMs > FORGOTTEN_MS) this.#failing.delete(other);
    if (this.#said.size === 0 || this.#failing.size > 0) return;
    this.#said.clear();
    this.#log.info(`${this.#where} works again`);
  }
}
