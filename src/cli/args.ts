import { parseArgs } from 'node:util';
import { unknownKey } from '../config/spell.ts';

/** One flag of a verb. A flag with no `value` is a switch. */
export type Flag = {
  /** What stands for its value in the help, such as `FILE`. */
  value?: string;
  /** Shown in the help; given where the flag is not. */
  default?: string;
  choices?: readonly string[];
  help: string;
};

export type Flags = Readonly<Record<string, Flag>>;
export type Parsed = { values: ReadonlyMap<string, string>; positionals: readonly string[] };

/** A command line that is wrong, in words for a person; exit code 2. */
export class UsageError extends Error {}

/** `--flag=value` and `--flag value`, as Prometheus's commands take them. Throws a UsageError. */
export function parseFlags(argv: readonly string[], flags: Flags): Parsed {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value }]) => [
      name,
      { type: value === undefined ? 'boolean' : 'string' } as const,
    ]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const values = new Map<string, string>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind === 'option') values.set(token.name, checked(token, flags));
  }
  for (const [name, flag] of Object.entries(flags))
    if (flag.default !== undefined && !values.has(name)) values.set(name, flag.default);
  return { values, positionals };
}

function checked(token: { name: string; rawName: string; value?: string | undefined }, flags: Flags): string {
  const { name, rawName, value } = token;
  const flag = rawName.startsWith('--') && Object.hasOwn(flags, name) ? flags[name]! : undefined;
  if (flag === undefined) throw new UsageError(unknownFlag(rawName, flags));
  if (flag.value === undefined && value !== undefined) throw new UsageError(`${rawName} takes no value`);
  if (flag.value !== undefined && (value === undefined || value === ''))
    throw new UsageError(`${rawName} needs ${flag.value}`);
  if (flag.choices && !flag.choices.includes(value!))
    throw new UsageError(`${rawName} is one of ${flag.choices.join(', ')}, not ${JSON.stringify(value)}`);
  return value ?? 'true';
}

function unknownFlag(rawName: string, flags: Flags): string {
  const known = Object.keys(flags).map((name) => `--${name}`);
  return unknownKey(rawName, known).replace(/^unknown key/, 'unknown flag');
}

/** Refuses arguments that a verb has no use for. */
export function noMore({ positionals }: Parsed): void {
  if (positionals.length > 0) throw new UsageError(`unexpected argument ${JSON.stringify(positionals[0])}`);
}

/** The flags of a verb, a line each, for its help. */
export function flagHelp(flags: Flags): string[] {
  return Object.entries(flags).map(([name, { value, help, ...flag }]) => {
    const shown = `  --${name}${value === undefined ? '' : `=${value}`}`;
    return `${shown.padEnd(34)} ${help}${flag.default === undefined ? '' : ` (default ${flag.default})`}`;
  });
}
