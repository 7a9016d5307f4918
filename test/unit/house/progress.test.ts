import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Progress, treeHash } from '../../../scripts/progress.ts';

describe('what test:long remembers', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'pooldrift-progress-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is kept for the same tree and forgotten for another', () => {
    const state = join(root, 'build/long.json');
    new Progress(state, 'one').add('a.test.ts');
    assert.ok(new Progress(state, 'one').has('a.test.ts'));
    assert.ok(!new Progress(state, 'one').has('b.test.ts'));
    assert.ok(!new Progress(state, 'two').has('a.test.ts'));
  });

  it('hangs on contents and names below src, not on other files', () => {
    mkdirSync(join(root, 'src'));
    writeFileSync(join(root, 'src/a.ts'), '1');
    const first = treeHash(root);
    writeFileSync(join(root, 'README.md'), 'x');
    assert.equal(treeHash(root), first);
    writeFileSync(join(root, 'src/a.ts'), '2');
    assert.notEqual(treeHash(root), first);
  });
});
