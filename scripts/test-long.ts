// Runs test/long/*.test.ts one by one; what has passed for this content of the tree is not run again.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { Progress, treeHash } from './progress.ts';

const ROOT = join(import.meta.dirname, '..');
const MOCHA = join(ROOT, 'node_modules/mocha/bin/mocha.js');

const files = globSync('test/long/*.test.ts', { cwd: ROOT }).sort();
const progress = new Progress(join(ROOT, 'build/test-long.json'), treeHash(ROOT));
const before = files.filter((file) => progress.has(file));
const failed = files.filter((file) => !progress.has(file) && !passes(file));

for (const file of failed) console.log(`failed: ${file}`);
console.log(`long: ${files.length - failed.length} of ${files.length} files passed (${before.length} of them earlier)`);
process.exitCode = failed.length === 0 && files.length > 0 ? 0 : 1;

function passes(file: string): boolean {
  const { status, signal } = spawnSync(process.execPath, [MOCHA, file], { cwd: ROOT, stdio: 'inherit' });
  if (signal) process.exit(1);
  if (status === 0) progress.add(file);
  return status === 0;
}
