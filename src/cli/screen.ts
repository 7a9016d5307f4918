import { stripVTControlCharacters } from 'node:util';
import { widthOf } from './width.ts';

/** What a screen needs of a terminal: process.stdout is one. */
export type Terminal = { write(text: string): unknown; columns?: number; rows?: number };

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * A frame that is rewritten in place, with log lines scrolling by above it. One write a change, and each line is cleared
 * only behind its new text, so that nothing flickers; no alternate screen, so that all of it stays to be read.
 */
export class Screen {
  readonly #terminal: Terminal;
  #frame: readonly string[] = [];
  #open = true;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Room for a frame: the last row is the cursor's, else each frame would scroll. 80 x 24 where the terminal is silent. */
  get size(): { columns: number; rows: number } {
    return { columns: this.#terminal.columns || 80, rows: Math.max(1, (this.#terminal.rows || 24) - 1) };
  }

  draw(frame: readonly string[]): void {
    if (this.#open) this.#write([], frame.slice(0, this.size.rows));
  }

  /** Lines above the frame; after close(), at the end. */
  log(text: string): void {
    if (this.#open) this.#write(text.replace(/\n$/, '').split('\n'), this.#frame);
    else this.#terminal.write(text);
  }

  #write(above: readonly string[], frame: readonly string[]): void {
    const lines = [...above, ...frame].map((line) => `${line}${CLEAR_LINE}\r\n`).join('');
    this.#terminal.write(`${HIDE_CURSOR}${this.#home()}${lines}${CLEAR_BELOW}`);
    this.#frame = frame;
  }

  /** To the frame's first line. A terminal made narrower has wrapped the old lines: each may take several now. */
  #home(): string {
    const { columns } = this.size;
    const height = (line: string) => Math.max(1, Math.ceil(widthOf(stripVTControlCharacters(line)) / columns));
    const up = this.#frame.reduce((sum, line) => sum + height(line), 0);
    return up > 0 ? `\u001b[${up}A\r` : '\r';
  }

  /** Leaves the last frame where it is and gives the cursor back. */
  close(): void {
    if (this.#open) this.#terminal.write(SHOW_CURSOR);
    this.#open = false;
  }
}
