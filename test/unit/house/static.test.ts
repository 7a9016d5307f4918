import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

function passes(command: string, ...args: string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  assert.equal(status, 0, error?.message ?? `${stdout}${stderr}`);
}

describe('static checks', function () {
  this.timeout(60_000);

  it('types', () => passes('node_modules/.bin/tsc', '--noEmit'));
  it('types of the page', () => passes('node_modules/.bin/tsc', '--noEmit', '--project', 'src/web/page'));
  it('lint and format', () => passes('node_modules/.bin/biome', 'check', '--error-on-warnings'));
  it('the generated layouts are up to date', () => passes('make', '--no-print-directory', 'layout-check'));
});
