import type { Reading } from '../metrics/reading.ts';
import { apiPools } from '../outputs/api.ts';
import { colourWanted } from './paint.ts';
import { Screen } from './screen.ts';
import { frame } from './table.ts';

const REFRESH_MS = 1000;

/**
 * A screen where standard output is a terminal, else null. Where standard error is the same kind, logs belong above the
 * frame (`screen.log`); redirected, they go on to where they were sent.
 */
export function openScreen(): Screen | null {
  if (process.stdout.isTTY !== true || process.env.TERM === 'dumb') return null;
  const screen = new Screen(process.stdout);
  process.once('exit', () => screen.close());
  return screen;
}

/** Where a log line goes. */
export function logSink(screen: Screen | null): (line: string) => void {
  if (screen !== null && process.stderr.isTTY === true) return (line) => screen.log(line);
  return (line) => void process.stderr.write(line);
}

/** Shows the pools once a second until the returned function is called. A fault of `read` goes to `onError`, once a refresh. */
export function showPools(
  screen: Screen,
  read: () => Reading,
  url: string,
  onError: (error: unknown) => void,
): () => void {
  const colour = colourWanted(process.stdout, process.env);
  const refresh = () => {
    try {
      screen.draw(frame(apiPools(read()), { ...screen.size, colour, url }));
    } catch (error) {
      onError(error);
    }
  };
  refresh();
  const timer = setInterval(refresh, REFRESH_MS);
  process.stdout.on('resize', refresh);
  return () => {
    clearInterval(timer);
    process.stdout.off('resize', refresh);
    screen.close();
  };
}
