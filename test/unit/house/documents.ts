import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type SourceFile } from './files.ts';

/** What a document may name. */
export type Named = { scripts: ReadonlySet<string>; targets: ReadonlySet<string>; verbs: ReadonlySet<string> };

const PATH = /(?<![\w./:@-])(?:\.\/)?((?:bpf|src|scripts|test|docs|bin|dashboards|examples|deploy|\.ci)\/[\w./-]*\w)/g;
const LINK = /\]\((?!\w+:|#)([^)#\s]+)/g;

function all(pattern: RegExp, text: string): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1]!);
}

/** Every path, npm script, make target and verb that a document names and the project does not have. */
export function danglingNames({ path, text }: SourceFile, named: Named): string[] {
  const code = [...text.matchAll(/```[\s\S]*?```|`[^`\n]+`/g)].map((match) => match[0]).join('\n');
  const folder = join(ROOT, path, '..');
  const missing = [
    ...all(PATH, text).filter((name) => !existsSync(join(ROOT, name))),
    ...all(LINK, text).filter((name) => !existsSync(join(folder, name))),
    ...all(/npm run ([\w:-]+)/g, text).filter((name) => !named.scripts.has(name)),
    ...all(/\bmake ([a-z][\w-]*)/g, code).filter((name) => !named.targets.has(name)),
    ...all(/(?<![\w/.-])pooldrift ([a-z][\w-]*)/g, code).filter((name) => !named.verbs.has(name)),
  ];
  return [...new Set(missing)].map((name) => `${path} names ${name}, which is not there`);
}
