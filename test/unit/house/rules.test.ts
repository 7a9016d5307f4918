import assert from 'node:assert/strict';
import { danglingNames } from './documents.ts';
import { backwardImports, forbidden, missingLicence, tooLongFile, tooLongFunctions } from './rules.ts';

const file = (path: string, text: string) => ({ path, text });
const lines = (count: number) => '  step();\n'.repeat(count);

describe('the rules that tidy applies', () => {
  it('see a file of 301 lines, not one of 300', () => {
    assert.deepEqual(tooLongFile(file('src/a.ts', 'x\n'.repeat(300))), []);
    assert.deepEqual(tooLongFile(file('src/a.ts', 'x\n'.repeat(301))), ['src/a.ts: 301 lines, at most 300']);
  });

  for (const head of ['function f() {', 'const f = () => {', 'export async function f(a: A): Promise<void> {']) {
    it(`see 71 lines of "${head}", not 70`, () => {
      assert.deepEqual(tooLongFunctions(file('src/a.ts', `${head}\n${lines(68)}}\n`)), []);
      assert.deepEqual(tooLongFunctions(file('src/a.ts', `${head}\n${lines(69)}}\n`)), [
        'src/a.ts:1: 71 lines, at most 70',
      ]);
    });
  }

  it('see long C functions and methods, not describe()', () => {
    assert.equal(tooLongFunctions(file('bpf/a.c', `static int f(int a)\n{\n${lines(70)}}\n`)).length, 1);
    assert.equal(tooLongFunctions(file('src/a.ts', `class A {\n  f(): void {\n${lines(70)}  }\n}\n`)).length, 1);
    assert.deepEqual(tooLongFunctions(file('src/a.ts', `describe('a', () => {\n${lines(70)}});\n`)), []);
  });

  it('see an import that runs against the flow, with both files', () => {
    const text = "import type { Pool } from '../pools/pool.ts';\n";
    assert.deepEqual(backwardImports(file('src/decode/a.ts', text)), [
      'src/decode/a.ts imports src/pools/pool.ts, a later stage',
    ]);
    assert.deepEqual(backwardImports(file('src/windows/a.ts', text)), []);
    assert.throws(() => backwardImports(file('src/stray/a.ts', text)), { message: /src\/stray\/a.ts: its stage/ });
  });

  it('see what is forbidden', () => {
    for (const text of [`${process.cwd()}/a`, '// TO' + 'DO: later', 'it.on' + 'ly(', 'this.sk' + 'ip()', 'xi' + 't('])
      assert.equal(forbidden(file('src/a.ts', text)).length, 1, text);
    assert.deepEqual(forbidden(file('scripts/a.sh', 'su' + 'do apt-get install')), ['scripts/a.sh: calls sudo']);
    assert.deepEqual(forbidden(file('scripts/a.sh', "echo 'Run su" + "do npm start'")), []);
  });

  it('see a BPF source without its licences', () => {
    assert.deepEqual(missingLicence(file('bpf/a.h', '/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */')), []);
    assert.equal(missingLicence(file('bpf/a.h', '/* SPDX-License-Identifier: GPL-2.0 */')).length, 1);
  });

  it('see what a document names and is not there', () => {
    const named = { scripts: new Set(['check']), targets: new Set(['setup']), verbs: new Set(['run']) };
    const good = '`make setup`, `npm run check`, `pooldrift run`, [x](LICENSE), src/decode/printable.ts';
    const bad = '`make tea`, `npm run away`, `pooldrift dance`, [x](NOWHERE.md), src/decode/nothing.ts';
    assert.deepEqual(danglingNames(file('README.md', good), named), []);
    assert.equal(danglingNames(file('README.md', bad), named).length, 5);
  });
});
