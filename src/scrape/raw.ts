/** A sample as it was sent: `labels` in braces, or ''; bytes of UTF-8 read as Latin-1. */
export type RawSample = { name: string; labels: string; value: number };

/** Of one good scrape; `atMs` is by performance.now(). */
export type ScrapedSamples = { atMs: number; samples: readonly RawSample[] };

/** Samples of one scrape that are kept for rules: more are a fault. */
export const RAW_MAX = 5000;

const NAME = /[a-zA-Z_:][\w:]*/y;

/** The samples of one scrape whose names the rules ask for. */
export class RawSamples {
  readonly list: RawSample[] = [];
  readonly #names: ReadonlySet<string> | null;
  overfull = false;

  /** Null: all. */
  constructor(names: ReadonlySet<string> | null) {
    this.#names = names;
  }

  /** Whether the line that begins there is wanted. */
  wants(text: string, at: number): boolean {
    if (this.#names?.size === 0) return false;
    NAME.lastIndex = at;
    const name = NAME.exec(text)?.[0];
    return name !== undefined && (this.#names?.has(name) ?? true);
  }

  add(name: string, labels: string, value: number): void {
    if (this.list.length < RAW_MAX) this.list.push({ name, labels, value });
    else this.overfull = true;
  }
}
