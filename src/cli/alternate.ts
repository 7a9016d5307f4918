import type { Surface, Terminal } from './screen.ts';

/** The alternate screen, its cursor hidden; no wrapping, so that a width misjudged spoils its own line alone. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const CLEAR = '\u001b[2J';
/** Colours off; where there is no alternate screen, the prompt comes below the frame. */
const leave = (rows: number) => `\u001b[0m\u001b[?7h\u001b[?25h\u001b[${rows};1H\r\n\u001b[?1049l`;
const CLEAR_LINE = '\u001b[K';

/** All of the terminal, what was on it put back at the end. One write a change, of the lines that differ. */
export class AlternateScreen implements Surface {
  readonly #terminal: Terminal;
  /** What is on the screen, and how large that was; null: it is not ours now. */
  #drawn: { lines: readonly string[]; columns: number; rows: number } | null = null;
  #open = true;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** 80 x 24 where the terminal is silent. */
  get size(): { columns: number; rows: number; whole: boolean } {
    const { columns, rows } = this.#terminal;
    return { columns: columns || 80, rows: rows || 24, whole: true };
  }

  draw(frame: readonly string[]): void {
    if (!this.#open) return;
    const { columns, rows } = this.size;
    const old = this.#drawn;
    const anew = old === null || old.columns !== columns || old.rows !== rows;
    const lines = Array.from({ length: rows }, (_, i) => frame[i] ?? '');
    const changed = lines.map((line, i) => {
      if (anew ? line === '' : line === old.lines[i]) return '';
      return `\u001b[${i + 1};1H${CLEAR_LINE}${line}`;
    });
    const text = (old === null ? ENTER : '') + (anew ? CLEAR : '') + changed.join('');
    if (text !== '') this.#terminal.write(text);
    this.#drawn = { lines, columns, rows };
  }

  pause(): void {
    if (this.#drawn !== null) this.#terminal.write(leave(this.size.rows));
    this.#drawn = null;
  }

  close(): void {
    this.pause();
    this.#open = false;
  }
}
