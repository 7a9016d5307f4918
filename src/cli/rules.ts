import { readFileSync } from 'node:fs';
import { BUILTIN_FILES, FOLK_FILE, linkedRunbooks } from '../rules/builtin.ts';
import { noMore, parseFlags, UsageError } from './args.ts';
import { RULES_FLAGS } from './flags.ts';

const ROOT = new URL('../../', import.meta.url);
const HEAD = 'groups:\n';

/** `pooldrift rules`: the built-in rules as one rule file. */
export async function rules(argv: string[]): Promise<number> {
  const parsed = parseFlags(argv, RULES_FLAGS);
  noMore(parsed);
  const paths = parsed.values.has('folk') ? [FOLK_FILE] : BUILTIN_FILES;
  const text = oneRuleFile(paths.map((path) => readFileSync(new URL(path, ROOT), 'utf8')));
  const base = parsed.values.get('runbooks');
  process.stdout.write(base === undefined ? text : withRunbooks(text, base));
  return 0;
}

/** The groups of all, each file's opening comment above its own. */
export function oneRuleFile(files: readonly string[]): string {
  const parts = files.map((text) => {
    const at = text.indexOf(`\n${HEAD}`) + 1;
    const comment = text.slice(0, at).replace(/^(?=#)/gm, '  ');
    return comment + text.slice(at + HEAD.length);
  });
  return HEAD + parts.join('\n');
}

/** The pages of the runbooks below another address. @throws UsageError */
export function withRunbooks(text: string, base: string): string {
  if (!URL.canParse(base) || !/^https?:/.test(base))
    throw new UsageError(`--runbooks: ${JSON.stringify(base)} is no http or https URL`);
  return linkedRunbooks(text, base);
}
