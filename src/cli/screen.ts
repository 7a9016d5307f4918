import { stripVTControlCharacters } from 'node:util';
import { widthOf } from './width.ts';

/** What a screen needs of a terminal: process.stdout is one. */
export type Terminal = { write(text: string): unknown; columns?: number; rows?: number };

/** Where frames are drawn. */
export interface Surface {
  /** Room for a frame; `whole`: there is nothing else on the terminal. */
  readonly size: { columns: number; rows: number; whole: boolean };
  draw(frame: readonly string[]): void;
  /** Gives the terminal back until the next frame, which is then drawn whole. */
  pause(): void;
  /** Gives the terminal back. */
  close(): void;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * A frame that is rewritten in place, with log lines scrolling by above it. One write a change, and no more is cleared
 * than is written anew, so that nothing flickers; no alternate screen, so that all of it stays to be read. A line is
 * cleared before its text: behind the last column some terminals would clear that.
 */
export class Screen implements Surface {
  readonly #terminal: Terminal;
  #frame: readonly string[] = [];
  #open = true;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** The last row is the cursor's, else each frame would scroll. 80 x 24 where the terminal is silent. */
  get size(): { columns: number; rows: number; whole: boolean } {
    const { columns, rows } = this.#terminal;
    return { columns: columns || 80, rows: Math.max(1, (rows || 24) - 1), whole: false };
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
    const lines = [...above, ...frame].map((line) => `${CLEAR_LINE}${line}\r\n`).join('');
    const { columns } = this.size;
    // What wraps goes on below, over what is not cleared yet.
    const wraps = [...above, ...frame].some((line) => rowsOf(line, columns) > 1);
    const hide = frame.length > 0 ? HIDE_CURSOR : ''; // log lines alone are written while others have the terminal
    this.#terminal.write(`${hide}${this.#home()}${wraps ? CLEAR_BELOW : ''}${lines}${CLEAR_BELOW}`);
    this.#frame = frame;
  }

  /** To the frame's first line. A terminal made narrower has wrapped the old lines: each may take several now. */
  #home(): string {
    const { columns } = this.size;
    const up = this.#frame.reduce((sum, line) => sum + rowsOf(line, columns), 0);
    return up > 0 ? `\u001b[${up}A\r` : '\r';
  }

  pause(): void {
    if (this.#open) this.#terminal.write(SHOW_CURSOR);
    this.#frame = [];
  }

  /** Leaves the last frame where it is and gives the cursor back. */
  close(): void {
    if (this.#open) this.#terminal.write(SHOW_CURSOR);
    this.#open = false;
  }
}

function rowsOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(widthOf(stripVTControlCharacters(line)) / columns));
}
