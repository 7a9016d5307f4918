import { type Key, Keyboard } from '../keyboard.ts';
import type { Surface } from '../screen.ts';
import { layout, previews } from './layout.ts';
import type { Look, Source } from './look.ts';
import { type Act, type Drawn, press, START, type View } from './view.ts';

const REFRESH_MS = 1000;
/** Figures that are older are said to be. */
const STALE_MS = 3500;

export type LiveOptions = {
  url: string;
  colour: boolean;
  /** Wanted by a key, or the terminal has gone. */
  onQuit(): void;
  /** Looking or drawing has failed; it goes on. `what`: drawing is our own fault. */
  onError(error: unknown, what: 'look' | 'draw'): void;
};

/** Looks once a second and draws what it sees and what keys make of it, until it is closed. */
export class Live {
  readonly #source: Source;
  readonly #surface: Surface;
  readonly #options: LiveOptions;
  readonly #keyboard: Keyboard | null;
  readonly #closing = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #view: View = START;
  #drawn: Drawn = { lines: [], names: [], at: 0, page: 1, scrollMost: 0 };
  #look: Look | null;
  #lookedMs = performance.now();
  /** Why the last look failed. */
  #reason: string | null = null;
  #looking = false;
  #quitting = false;

  /** `first`: what has been seen already. */
  constructor(source: Source, surface: Surface, first: Look | null, options: LiveOptions) {
    this.#source = source;
    this.#surface = surface;
    this.#look = first;
    this.#options = options;
    this.#keyboard = Keyboard.open({ onKey: (key) => this.#press(key), onGone: this.#quit });
    process.stdout.on('resize', this.#redraw).on('error', this.#quit);
    process.on('SIGCONT', this.#resume);
    this.#timer = setInterval(() => this.#tick(), REFRESH_MS);
    this.#tick();
  }

  #tick(): void {
    if (this.#keyboard?.active === false) this.#keyboard.resume();
    void this.#lookAgain();
    this.#redraw();
  }

  /** One look at a time; another at once where a key has meanwhile asked for a pool. */
  async #lookAgain(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const pool = this.#wanted();
    try {
      const look = await this.#source(pool, this.#closing.signal);
      this.#look = look;
      this.#lookedMs = performance.now();
      this.#reason = null;
    } catch (error) {
      this.#reason = (error as Error).message;
      if (!this.#closing.signal.aborted) this.#options.onError(error, 'look');
    }
    this.#looking = false;
    this.#redraw();
    if (this.#reason === null && this.#wanted() !== pool) void this.#lookAgain();
  }

  /** Whose explanation is on the screen, or may be. */
  #wanted(): string | null {
    const { open } = this.#view;
    if (open !== null || !previews(this.#surface.size)) return open;
    return this.#drawn.names[this.#drawn.at] ?? null;
  }

  readonly #redraw = (): void => {
    if (this.#look === null || this.#closing.signal.aborted || this.#keyboard?.active === false) return;
    const { url, colour } = this.#options;
    const age = performance.now() - this.#lookedMs;
    const stale = this.#reason === null && age < STALE_MS ? null : { seconds: age / 1000, reason: this.#reason };
    const shown = { look: this.#look, stale, url, colour, keyboard: this.#keyboard !== null };
    try {
      this.#drawn = layout(this.#view, shown, this.#surface.size);
      this.#surface.draw(this.#drawn.lines);
    } catch (error) {
      this.#options.onError(error, 'draw');
    }
  };

  #press(key: Key): void {
    const pressed = press(this.#view, key, this.#drawn);
    if (typeof pressed === 'string') {
      this.#act(pressed);
    } else {
      this.#view = pressed;
      this.#redraw();
      if (this.#wanted() !== (this.#look?.explained?.pool ?? null)) void this.#lookAgain();
    }
  }

  #act(act: Act): void {
    if (act === 'quit') {
      this.#quit();
    } else if (act === 'suspend') {
      this.#surface.pause();
      this.#keyboard?.pause();
      process.kill(0, 'SIGTSTP'); // all of the job, as the terminal does it
    } else {
      this.#surface.pause();
      this.#redraw();
    }
  }

  readonly #quit = (): void => {
    if (!this.#closing.signal.aborted && !this.#quitting) this.#options.onQuit();
    this.#quitting = true;
  };

  /** After a suspension, by whomever. */
  readonly #resume = (): void => {
    this.#surface.pause();
    this.#keyboard?.resume();
    this.#redraw();
  };

  /** Gives the terminal back. */
  close(): void {
    this.#closing.abort();
    clearInterval(this.#timer);
    process.stdout.off('resize', this.#redraw);
    process.off('SIGCONT', this.#resume);
    this.#keyboard?.pause();
    this.#surface.close();
  }
}
