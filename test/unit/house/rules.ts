import type { SourceFile } from './files.ts';

export const FILE_LINES_MAX = 300;
export const FUNCTION_LINES_MAX = 70;

/** The stages of src/ in the order of the flow: a file imports from its own stage and from earlier ones. */
const STAGES = [
  'kernel',
  'decode',
  'config',
  'probes',
  'pools',
  'scrape',
  'windows',
  'drift',
  'attribution',
  'rules',
  'state',
  'sizing',
  'metrics',
  'outputs',
  'alerting',
  'web',
  'cli',
  'clock.ts',
  'thrift.ts',
  'notify.ts',
  'pool_case.ts',
  'cases.ts',
  'watch.ts',
  'served.ts',
  'daemon.ts',
  'cli/run.ts', // starts the daemon; what chooses the verb comes after it
  'cli/verbs.ts',
  'cli/command.ts',
  'main.ts',
];

/** The longest entry of STAGES that holds the path; throws where none does. */
function stageOf(path: string): number {
  const inside = path.replace(/^src\//, '');
  const holders = STAGES.filter((stage) => inside === stage || inside.startsWith(`${stage}/`));
  const stage = holders.sort((a, b) => b.length - a.length)[0];
  if (!stage) throw new Error(`${path}: its stage is not listed in test/unit/house/rules.ts`);
  return STAGES.indexOf(stage);
}

export function backwardImports({ path, text }: SourceFile): string[] {
  const targets = [...text.matchAll(/(?:from|import\(|import)\s*'(\.[^']+)'/g)].map((match) => match[1]!);
  return targets
    .map((target) => new URL(target, `file:///${path}`).pathname.slice(1))
    .filter((target) => stageOf(target) > stageOf(path))
    .map((target) => `${path} imports ${target}, a later stage`);
}

export function tooLongFile({ path, text }: SourceFile): string[] {
  const lines = text.split('\n').length - 1;
  return lines > FILE_LINES_MAX ? [`${path}: ${lines} lines, at most ${FILE_LINES_MAX}`] : [];
}

// Biome's and the kernel's formatting put a function's end at the indentation of its beginning.
const OPENS =
  /^(?!.*\bdescribe)(?=.*(\bfunction\b|=> \{$|\)[^;]*\{$))(?!\s*(?:\} )?(if|for|while|switch|do|else|try|catch)\b).*\{$/;

export function tooLongFunctions({ path, text }: SourceFile): string[] {
  const lines = text.replace(/\)\n\{/g, ') {\n').split('\n');
  return lines.flatMap((line, start) => {
    if (!OPENS.test(line)) return [];
    const indent = /^\s*/.exec(line)![0];
    const length = lines.slice(start).findIndex((each) => each.startsWith(`${indent}}`)) + 1;
    return length > FUNCTION_LINES_MAX ? [`${path}:${start + 1}: ${length} lines, at most ${FUNCTION_LINES_MAX}`] : [];
  });
}

/** What no file may hold. Written in pieces, so that this file passes its own test. */
const FORBIDDEN: [RegExp, string][] = [
  [new RegExp(`${process.cwd().replace(/[^\w/-]/g, '\\$&')}\\b`), 'the path of this very checkout'],
  [new RegExp(`\\b(TO${''}DO|FIX${''}ME|XX${''}X)\\b`), 'unfinished work'],
  [new RegExp(`\\b(it|describe|context)\\.on${''}ly\\(`), 'a test that runs alone'],
  [
    new RegExp(`\\b(x(it|describe)|(it|describe)\\.sk${''}ip)\\(|this\\.sk${''}ip\\(`),
    'a skip without a reason (test/lib/skip.ts)',
  ],
];

const SUDO = new RegExp(`^[^#'"]*\\bsu${''}do `, 'm');

export function forbidden({ path, text }: SourceFile): string[] {
  const found = FORBIDDEN.filter(([pattern]) => pattern.test(text)).map(([, what]) => `${path}: ${what}`);
  const script = /^(scripts|bin|\.ci)\/|^Makefile$/.test(path);
  return script && SUDO.test(text) ? [...found, `${path}: calls sudo`] : found;
}

export function missingLicence({ path, text }: SourceFile): string[] {
  const licensed = /^\/[/*] SPDX-License-Identifier: GPL-2\.0(-only)? OR Apache-2\.0/.test(text);
  return licensed ? [] : [`${path}: no SPDX line "GPL-2.0 OR Apache-2.0" at its top`];
}
