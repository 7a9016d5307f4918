import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

const MOCHA = 'node_modules/mocha/bin/mocha.js';

function runFixture() {
  const fixture = 'test/unit/house/fixtures/outcomes.ts';
  const run = spawnSync(process.execPath, [MOCHA, fixture], { encoding: 'utf8' });
  return { status: run.status, lines: run.stdout.trimEnd().split('\n') };
}

describe('the reporter', () => {
  it('ends with the counts alone on a line, after the reason of each skip', () => {
    const { status, lines } = runFixture();
    assert.equal(status, 1);
    assert.deepEqual(lines.slice(-4), [
      'skipped: outcomes skips with a reason: the kernel lacks flux',
      'skipped: outcomes a suite skips one: no capacitor',
      'skipped: outcomes a suite skips two: no capacitor',
      '1 passed, 1 failed, 3 skipped',
    ]);
  });
});
