import { setTimeout as sleep } from 'node:timers/promises';
import { noMore, parseFlags } from './args.ts';
import { fetchPools } from './client.ts';
import { TOP_FLAGS } from './flags.ts';
import { openScreen } from './live.ts';
import { colourWanted } from './paint.ts';
import type { Screen } from './screen.ts';
import { frame } from './table.ts';

const REFRESH_MS = 1000;
/** Where output goes to a file or a pipe there is no width to keep to. */
const UNBOUNDED = 10_000;
/** q, Ctrl-C, Ctrl-D: in raw mode the terminal sends no signal for them. */
const QUIT_KEYS = [0x71, 0x03, 0x04];

/** `pooldrift top`: 1 where no daemon answers. Ends on q, Ctrl-C or SIGTERM. */
export async function top(argv: string[]): Promise<number> {
  const parsed = parseFlags(argv, TOP_FLAGS);
  noMore(parsed);
  const url = parsed.values.get('url')!;
  const screen = parsed.values.has('once') ? null : openScreen();
  try {
    if (screen === null) await printOnce(url);
    else await follow(url, screen);
    return 0;
  } catch (error) {
    screen?.close();
    process.stderr.write(`pooldrift top: ${(error as Error).message}\n`);
    return 1;
  }
}

async function printOnce(url: string): Promise<void> {
  const colour = colourWanted(process.stdout, process.env);
  const lines = frame(await fetchPools(url), {
    columns: process.stdout.columns || UNBOUNDED,
    rows: UNBOUNDED,
    colour,
    url,
  });
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function follow(url: string, screen: Screen): Promise<void> {
  const { signal, release } = untilQuit();
  const colour = colourWanted(process.stdout, process.env);
  try {
    while (!signal.aborted) {
      const status = await fetchPools(url);
      screen.draw([
        ...frame(status, { columns: screen.size.columns, rows: screen.size.rows - 1, colour, url }),
        'q quits',
      ]);
      await sleep(REFRESH_MS, null, { signal }).catch(() => {});
    }
  } finally {
    release();
    screen.close();
  }
}

function untilQuit(): { signal: AbortSignal; release(): void } {
  const quit = new AbortController();
  const stop = () => quit.abort();
  const key = (bytes: Buffer) => (QUIT_KEYS.some((code) => bytes.includes(code)) ? stop() : undefined);
  const raw = (on: boolean) => (process.stdin.isTTY ? process.stdin.setRawMode(on) : undefined);
  raw(true);
  process.stdin.on('data', key);
  process.once('SIGTERM', stop).once('SIGINT', stop);
  const release = () => {
    raw(false);
    process.stdin.off('data', key).pause();
    process.off('SIGTERM', stop).off('SIGINT', stop);
  };
  return { signal: quit.signal, release };
}
