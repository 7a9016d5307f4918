/** A sample as it was sent: `labels` in braces, or ''. */
export type RawSample = { name: string; labels: string; value: number };

/** Of one good scrape; `atMs` is by performance.now(). */
export type ScrapedSamples = { atMs: number; samples: readonly RawSample[] };

/** Samples of one scrape that are kept for rules: more are a fault. */
export const RAW_MAX = 5000;
export const RAW_BYTES_MAX = 2 * 2 ** 20;

const NAME = /[a-zA-Z_:][\w:]*/y;

/** The samples of one scrape whose names the rules ask for. */
export class RawSamples {
  readonly list: RawSample[] = [];
  readonly #names: ReadonlySet<string> | null;
  #bytes = 0;
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

  /** The text is UTF-8 that was read as Latin-1. */
  add(name: string, labels: string, value: number): void {
    this.#bytes += name.length + labels.length;
    this.overfull ||= this.list.length === RAW_MAX || this.#bytes > RAW_BYTES_MAX;
    if (!this.overfull) this.list.push({ name: copied(name), labels: copied(labels), value });
  }
}

/** A piece of a text keeps all of it in memory. */
function copied(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString();
}
