import { AlternateScreen } from './alternate.ts';
import { noMore, parseFlags } from './args.ts';
import { TOP_FLAGS } from './flags.ts';
import { isScreen } from './live.ts';
import { colourWanted } from './paint.ts';
import { frame } from './table.ts';
import { Live } from './top/live.ts';
import { daemonAt, type Look, type Source } from './top/look.ts';

/** Where output goes to a file or a pipe there is no width to keep to. */
const UNBOUNDED = 10_000;
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** `pooldrift top`: 1 where no daemon answers. Ends on q, Ctrl-C, SIGTERM, or with its terminal. */
export async function top(argv: string[]): Promise<number> {
  const parsed = parseFlags(argv, TOP_FLAGS);
  noMore(parsed);
  const url = parsed.values.get('url')!;
  const source = daemonAt(url);
  try {
    const first = await source(null, new AbortController().signal);
    if (parsed.values.has('once') || !isScreen()) printOnce(first, url);
    else await follow(source, first, url);
    return 0;
  } catch (error) {
    process.stderr.write(`pooldrift top: ${(error as Error).message}\n`);
    return 1;
  }
}

function printOnce({ status }: Look, url: string): void {
  const colour = colourWanted(process.stdout, process.env);
  const lines = frame(status, { columns: process.stdout.columns || UNBOUNDED, rows: UNBOUNDED, colour, url });
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Until it is quit. Rejects with a fault of drawing. The terminal is given back before any fault is told on it. */
async function follow(source: Source, first: Look, url: string): Promise<void> {
  const { promise: quit, resolve, reject } = Promise.withResolvers<void>();
  const live = new Live(source, new AlternateScreen(process.stdout), first, {
    url,
    colour: colourWanted(process.stdout, process.env),
    onQuit: resolve,
    onError: (error, what) => (what === 'draw' ? reject(error) : undefined), // that nobody answers is on the screen
  });
  const giveBack = () => live.close();
  process.on('uncaughtExceptionMonitor', giveBack);
  for (const signal of SIGNALS) process.on(signal, resolve);
  try {
    await quit;
  } finally {
    giveBack();
    process.off('uncaughtExceptionMonitor', giveBack);
    for (const signal of SIGNALS) process.off(signal, resolve);
  }
}
