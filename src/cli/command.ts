import { version } from '../metrics/build.ts';
import { flagHelp, UsageError } from './args.ts';
import { VERBS, type Verb } from './verbs.ts';

/** Runs what a command line asks for and returns the exit code: 2 where the command line itself is wrong. */
export async function command(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv;
  const named = first !== undefined && !first.startsWith('-');
  const [name, args] = named ? [first, rest] : ['run', [...argv]];
  const verb = VERBS.get(name);
  try {
    if (verb === undefined)
      throw new UsageError(`unknown command ${JSON.stringify(name)}; one of ${[...VERBS.keys()].join(', ')}`);
    if (asks(args, '--help', '-h')) return print(named ? verbHelp(name, verb) : help());
    if (asks(args, '--version')) return print(`pooldrift ${version()}\n`);
    return await (await verb.load())(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(
      `pooldrift: ${error.message}\n  pooldrift${named && verb ? ` ${name}` : ''} --help lists what there is.\n`,
    );
    return 2;
  }
}

/** What comes after `--` is no flag. */
function asks(args: readonly string[], ...flags: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? undefined : end).some((arg) => flags.includes(arg));
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

export function help(): string {
  const verbs = [...VERBS].map(([name, { does }]) => `  ${name.padEnd(12)} ${does}`);
  const flags = flagHelp(VERBS.get('run')!.flags);
  const more = ['  --version', '  --help'];
  return `${['pooldrift says why the P99 of a worker pool drifts.', '', 'pooldrift [COMMAND] [FLAGS]', '', ...verbs, '', 'Flags of run:', ...flags, ...more].join('\n')}\n`;
}

function verbHelp(name: string, { does, flags }: Verb): string {
  return `${[`pooldrift ${name}: ${does}`, '', ...flagHelp(flags)].join('\n').trimEnd()}\n`;
}
