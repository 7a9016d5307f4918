import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseFlags, UsageError } from './args.ts';
import { DASHBOARDS_FLAGS } from './flags.ts';

const FOLDER = new URL('../../dashboards/grafana/', import.meta.url);

/** Each is the file `pooldrift-NAME.json`, and has the uid `pooldrift-NAME`. */
export const DASHBOARDS = ['fleet', 'pool', 'tcp', 'self'] as const;

/** `pooldrift dashboards [NAME]`: one, or an object of all by uid; with `--out`, a file each. */
export async function dashboards(argv: string[]): Promise<number> {
  const { values, positionals } = parseFlags(argv, DASHBOARDS_FLAGS);
  const names = positionals.length === 0 ? DASHBOARDS : positionals.map(known);
  const texts = names.map((name) => [`pooldrift-${name}`, textOf(name)] as const);
  const out = values.get('out');
  if (out !== undefined) return write(out, texts);
  process.stdout.on('error', () => {}); // EPIPE: a pipe that reads no further
  process.stdout.write(positionals.length === 1 ? texts[0]![1] : asObject(texts));
  return 0;
}

function known(name: string): string {
  if ((DASHBOARDS as readonly string[]).includes(name)) return name;
  throw new UsageError(`unknown dashboard ${JSON.stringify(name)}; one of ${DASHBOARDS.join(', ')}`);
}

function textOf(name: string): string {
  return readFileSync(new URL(`pooldrift-${name}.json`, FOLDER), 'utf8');
}

function asObject(texts: readonly (readonly [string, string])[]): string {
  const all = Object.fromEntries(texts.map(([uid, text]) => [uid, JSON.parse(text)]));
  return `${JSON.stringify(all, null, 2)}\n`;
}

function write(folder: string, texts: readonly (readonly [string, string])[]): number {
  try {
    if (!existsSync(folder)) mkdirSync(folder); // recursively, Node 24 hangs in /proc
    for (const [uid, text] of texts) writeFileSync(join(folder, `${uid}.json`), text);
    return 0;
  } catch (error) {
    process.stderr.write(`pooldrift: cannot write the dashboards: ${(error as Error).message}\n`);
    return 1;
  }
}
