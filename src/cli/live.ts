import type { Reading } from '../metrics/reading.ts';
import { colourWanted } from './paint.ts';
import { Screen } from './screen.ts';
import { Live } from './top/live.ts';
import { ownDaemon } from './top/look.ts';

/** Whether frames can be drawn on standard output. */
export function isScreen(): boolean {
  return process.stdout.isTTY === true && process.env.TERM !== 'dumb';
}

/**
 * A screen where standard output is a terminal, else null. Where standard error is the same kind, logs belong above the
 * frame (`screen.log`); redirected, they go on to where they were sent.
 */
export function openScreen(): Screen | null {
  if (!isScreen()) return null;
  const screen = new Screen(process.stdout);
  process.once('exit', () => screen.close());
  return screen;
}

/** Where a log line goes. */
export function logSink(screen: Screen | null): (line: string) => void {
  if (screen !== null && process.stderr.isTTY === true) return (line) => screen.log(line);
  return (line) => void process.stderr.write(line);
}

/**
 * Shows the pools, once a second and as keys want it, until the returned function is called. The key that quits does
 * what Ctrl-C does without a screen. A fault of `read` or of drawing goes to `onError`, once a refresh.
 */
export function showPools(
  screen: Screen,
  read: () => Reading,
  url: string,
  onError: (error: unknown) => void,
): () => void {
  const live = new Live(ownDaemon(read), screen, null, {
    url,
    colour: colourWanted(process.stdout, process.env),
    onQuit: () => void process.kill(process.pid, 'SIGINT'),
    onError,
  });
  return () => live.close();
}
