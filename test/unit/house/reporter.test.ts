import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

function run(fixture: string) {
  const mocha = 'node_modules/mocha/bin/mocha.js';
  const ended = spawnSync(process.execPath, [mocha, `test/unit/house/fixtures/${fixture}`], { encoding: 'utf8' });
  return { status: ended.status, lines: ended.stdout.trimEnd().split('\n') };
}

describe('the reporter', () => {
  it('ends with the counts alone on a line, after the reason of each skip', () => {
    const { status, lines } = run('outcomes.ts');
    assert.equal(status, 1);
    assert.deepEqual(lines.slice(-5), [
      'skipped: outcomes skips with a reason: the kernel lacks flux',
      'skipped: outcomes skips without one: no reason given',
      'skipped: outcomes a suite skips one: no capacitor',
      'skipped: outcomes a suite skips two: no capacitor',
      '1 passed, 1 failed, 4 skipped',
    ]);
  });

  it('tests that meet the kernel get one more try, and what needed it is told', () => {
    const { status, lines } = run('tries.ts');
    assert.equal(status, 3);
    assert.deepEqual(lines.slice(-4), [
      'second try: tries test/kernel/a.test.ts, at try 2: try 1 was not enough',
      'second try: tries test/scenario/a.test.ts, at try 2: try 1 was not enough',
      'second try: tries of a suite that asks for more test/kernel/b.test.ts, at try 3: try 1 was not enough',
      '5 passed, 3 failed, 0 skipped',
    ]);
  });
});
