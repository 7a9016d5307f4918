import { parseFlags, UsageError } from './args.ts';
import { postBaseline } from './client.ts';
import { BASELINE_FLAGS } from './flags.ts';

/** `pooldrift baseline POOL`: 1 where no daemon answers, it knows no such pool, or that can have no baseline. */
export async function baseline(argv: string[]): Promise<number> {
  const { values, positionals } = parseFlags(argv, BASELINE_FLAGS);
  const [pool, ...more] = positionals;
  if (pool === undefined) throw new UsageError('baseline needs the name of a pool');
  if (more.length > 0) throw new UsageError(`unexpected argument ${JSON.stringify(more[0])}`);
  try {
    const { at } = await postBaseline(values.get('url')!, pool);
    process.stdout.write(`${pool}: a fresh baseline begins at ${at}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`pooldrift baseline: ${(error as Error).message}\n`);
    return 1;
  }
}
