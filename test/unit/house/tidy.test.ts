import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERBS } from '../../../src/cli/verbs.ts';
import { danglingNames, type Named } from './documents.ts';
import { files, ROOT, type SourceFile } from './files.ts';
import { backwardImports, forbidden, missingLicence, tooLongFile, tooLongFunctions } from './rules.ts';

const TYPESCRIPT = ['src/**/*.ts', 'scripts/**/*.ts', 'test/**/*.ts', 'dashboards/**/*.ts'];
const C = ['{bpf,test}/**/*.{c,h}'];
const SCRIPTS = ['scripts/**/*.sh', 'scripts/make', 'bin/*', '.ci/*', 'Makefile'];
const DOCUMENTS = ['*.md', 'docs/**/*.md'];
const CONFIGURATION = ['package.json', 'tsconfig.json', 'biome.json', '.mocharc.json', 'package-lock.json'];

function none(rule: (file: SourceFile) => string[], ...patterns: string[]): void {
  const found = files(...patterns);
  assert.ok(found.length > 0, `no file matches ${patterns}`);
  assert.deepEqual(found.flatMap(rule), []);
}

function namedThings(): Named {
  const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
  const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);
  const targets = [...read('Makefile').matchAll(/^([a-z][\w-]*):/gm)].map((match) => match[1]!);
  return { scripts: new Set(scripts), targets: new Set(targets), verbs: new Set(VERBS.keys()) };
}

const written = (file: SourceFile) => !file.path.endsWith('.gen.ts');

describe('tidy', () => {
  it('files are short', () =>
    none((file) => (written(file) ? tooLongFile(file) : []), ...TYPESCRIPT, ...C, ...SCRIPTS));
  it('functions are short', () => none(tooLongFunctions, ...TYPESCRIPT, ...C));
  it('imports run one way', () => none(backwardImports, 'src/**/*.ts'));
  it('nothing forbidden', () => none(forbidden, ...TYPESCRIPT, ...C, ...SCRIPTS, ...CONFIGURATION));
  it('BPF sources carry both licences', () => none(missingLicence, 'bpf/**/*.{c,h}', 'test/**/*.bpf.c'));

  it('documents name only what is there', () => {
    const named = namedThings();
    assert.deepEqual(
      files(...DOCUMENTS).flatMap((file) => [...forbidden(file), ...danglingNames(file, named)]),
      [],
    );
  });
});
