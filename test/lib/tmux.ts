import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { defer } from './cleanup.ts';

let opened = 0;

export type TerminalOptions = { columns?: number; rows?: number };

/** A shell in a real terminal: tmux, on a server of its own; ended with the test. */
export class Terminal {
  readonly #socket: string;

  constructor({ columns = 100, rows = 30 }: TerminalOptions = {}) {
    this.#socket = `pooldrift-test-${process.pid}-${opened++}`;
    const size = ['-x', `${columns}`, '-y', `${rows}`];
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, 'env PS1="$ " sh');
    defer(() => this.close());
  }

  #tmux(...args: string[]): string {
    const env = { ...process.env, LC_ALL: 'C.UTF-8' };
    return execFileSync('tmux', ['-L', this.#socket, ...args], { encoding: 'utf8', env, stdio: 'pipe' });
  }

  /** The terminal goes, and hangs up on what runs in it. */
  close(): void {
    try {
      this.#tmux('kill-server');
    } catch {} // gone already
  }

  /** Keys by tmux's names, such as `Enter`, `C-c`, `Down`; other words are typed. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  /** Types a line for the shell. */
  run(line: string): void {
    this.#tmux('send-keys', '-l', `${line}\n`);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', `${columns}`, '-y', `${rows}`);
  }

  /** What is to be read, a line each. */
  lines(): string[] {
    return this.#tmux('capture-pane', '-p').split('\n');
  }

  /** The same with its colours, as escapes. */
  coloured(): string {
    return this.#tmux('capture-pane', '-p', '-e');
  }

  /** Until what is to be read matches; fails after `seconds`. */
  async shows(pattern: RegExp, seconds = 30): Promise<string> {
    for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(50)) {
      const text = this.lines().join('\n');
      if (pattern.test(text)) return text;
    }
    throw new Error(`the terminal does not show ${pattern} within ${seconds} s, but\n${this.lines().join('\n')}`);
  }

  /** Whether programs have left it as it should be, and all settings of its line (stty) but its size. */
  state(): { alternate: boolean; cursor: boolean; wraps: boolean; stty: string } {
    const format = '#{alternate_on} #{cursor_flag} #{wrap_flag} #{pane_tty}';
    const [alternate, cursor, wraps, tty] = this.#tmux('display-message', '-p', format).trim().split(' ');
    const stty = execFileSync('stty', ['-a', '-F', tty!], { encoding: 'utf8' }).replace(/^.*\n/, '');
    return { alternate: alternate === '1', cursor: cursor === '1', wraps: wraps === '1', stty };
  }

  /** Process id of the job in the foreground. */
  foreground(): number {
    const shell = this.#tmux('display-message', '-p', '#{pane_pid}').trim();
    const stat = readFileSync(`/proc/${shell}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[5]);
  }
}
