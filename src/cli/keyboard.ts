import { existsSync, readFileSync } from 'node:fs';
import { emitKeypressEvents, type Interface } from 'node:readline';
import type { ReadStream } from 'node:tty';

/** One key as readline tells it; `text` is what it types. */
export type Key = { name: string; text: string; ctrl: boolean };

/** An Esc by itself is one after so long: those of a key's sequence come at once. */
const ESCAPE = { escapeCodeTimeout: 50 } as unknown as Interface;

export type KeyboardEvents = {
  onKey(key: Key): void;
  /** The terminal has gone. */
  onGone(): void;
};

/** Keys as they are pressed, none of them shown. Whoever is not in the foreground may not touch the terminal. */
export class Keyboard {
  readonly #input: ReadStream;
  readonly #events: KeyboardEvents;
  #active = false;

  private constructor(input: ReadStream, events: KeyboardEvents) {
    this.#input = input;
    this.#events = events;
    emitKeypressEvents(input, ESCAPE);
    input.on('error', () => {}); // also of giving back a terminal that has gone
    this.resume();
  }

  /** Null where there is none: standard input is no terminal. */
  static open(events: KeyboardEvents, input: ReadStream = process.stdin): Keyboard | null {
    return input.isTTY === true ? new Keyboard(input, events) : null;
  }

  readonly #key = (text: string | undefined, { name = '', ctrl = false }: { name?: string; ctrl?: boolean }) =>
    this.#events.onKey({ name, text: text ?? '', ctrl });
  readonly #gone = () => this.#events.onGone();

  /** False: others have the terminal, this is a background job. */
  get active(): boolean {
    return this.#active;
  }

  /** Takes the terminal where this is in its foreground; whatever others have made of its mode. */
  resume(): void {
    this.pause();
    if (!inForeground()) return;
    this.#active = true;
    process.off('exit', endInBackground).once('exit', endInBackground);
    this.#input.setRawMode(true);
    this.#input.on('keypress', this.#key).on('end', this.#gone).on('error', this.#gone).resume();
  }

  /** The terminal is as it was before. */
  pause(): void {
    this.#active = false;
    this.#input.off('keypress', this.#key).off('end', this.#gone).off('error', this.#gone).pause();
    if (inForeground()) this.#input.setRawMode(false);
  }
}

/**
 * Node gives the terminal its mode back once more at the end, for which the kernel would stop a background job: it would
 * hold all that it has, and never end. All is written by now.
 */
function endInBackground(): void {
  if (!inForeground()) process.kill(process.pid, 'SIGKILL');
}

/** Else the kernel stops who sets the terminal's mode or reads it; not who has no controlling terminal (-1). */
function inForeground(): boolean {
  if (!existsSync('/proc/self/stat')) return true;
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === foreground || foreground === '-1';
}
