import { parseFlags, UsageError } from './args.ts';
import { fetchExplain } from './client.ts';
import { explanation } from './explanation.ts';
import { EXPLAIN_FLAGS } from './flags.ts';
import { colourWanted } from './paint.ts';

/** Where output goes to a file or a pipe; wider lines are hard to read. */
const COLUMNS = 100;
const COLUMNS_MAX = 120;

/** `pooldrift explain POOL`: 1 where no daemon answers, or it knows no such pool. */
export async function explain(argv: string[]): Promise<number> {
  const { values, positionals } = parseFlags(argv, EXPLAIN_FLAGS);
  const [pool, ...more] = positionals;
  if (pool === undefined) throw new UsageError('explain needs the name of a pool');
  if (more.length > 0) throw new UsageError(`unexpected argument ${JSON.stringify(more[0])}`);
  try {
    const answer = await fetchExplain(values.get('url')!, pool);
    const columns = Math.min(process.stdout.columns || COLUMNS, COLUMNS_MAX);
    const colour = colourWanted(process.stdout, process.env);
    const text = values.has('json')
      ? JSON.stringify(answer, null, 2)
      : explanation(answer, { columns, colour }).join('\n');
    process.stdout.write(`${text}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`pooldrift explain: ${(error as Error).message}\n`);
    return 1;
  }
}
