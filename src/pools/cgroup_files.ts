import { closeSync, openSync, readSync } from 'node:fs';

/** The longest is memory.stat, at about 2.5 KB. */
const BYTES_MAX = 8192;
/** Of 64 bits. */
const DIGITS_MAX = 20;

/**
 * Reads the same few files again and again: each is opened once and read once a round, whoever asks for it. A file
 * that nobody has asked for in a round is closed; one that cannot be read is opened anew in the next.
 */
export class CgroupFiles {
  readonly #open = new Map<string, number>();
  readonly #texts = new Map<string, string | null>();
  readonly #buffer = Buffer.allocUnsafe(BYTES_MAX);

  /** Files held open. */
  get held(): number {
    return this.#open.size;
  }

  /** Begins a round: what was read is forgotten. */
  turn(): void {
    for (const [path, fd] of this.#open) {
      if (this.#texts.has(path)) continue;
      closeSync(fd);
      this.#open.delete(path);
    }
    this.#texts.clear();
  }

  /** Its text; null where there is none, or its cgroup has gone. */
  text(path: string): string | null {
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    const text = this.#read(path);
    this.#texts.set(path, text);
    return text;
  }

  #read(path: string): string | null {
    try {
      const fd = this.#open.get(path) ?? openSync(path, 'r');
      this.#open.set(path, fd);
      return this.#buffer.toString('latin1', 0, readSync(fd, this.#buffer, 0, BYTES_MAX, 0));
    } catch {
      this.#drop(path); // ENOENT; ENODEV after its cgroup was removed
      return null;
    }
  }

  #drop(path: string): void {
    const fd = this.#open.get(path);
    if (fd !== undefined) closeSync(fd);
    this.#open.delete(path);
  }

  close(): void {
    for (const path of [...this.#open.keys()]) this.#drop(path);
    this.#texts.clear();
  }
}

/** The number after a key at the beginning of a line: "nr_throttled 12". Null where there is none. */
export function numberAfter(text: string, key: string): number | null {
  const line = text.startsWith(`${key} `) ? 0 : text.indexOf(`\n${key} `) + 1;
  if (line === 0 && !text.startsWith(`${key} `)) return null;
  const at = line + key.length + 1;
  const value = Number.parseInt(text.slice(at, at + DIGITS_MAX), 10);
  return Number.isFinite(value) ? value : null;
}
