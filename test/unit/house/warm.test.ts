import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './files.ts';

const DAY_SECONDS = 86_400;

describe('compiled code', () => {
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'pooldrift-warm-'));
  });
  afterEach(() => rmSync(cache, { recursive: true }));

  function kept(file: string, days: number): string {
    const path = join(cache, 'v1.2.3-x64', file);
    const at = Date.now() / 1000 - days * DAY_SECONDS;
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, 'code');
    utimesSync(path, at, at);
    return path;
  }

  it('is made of all that the daemon loads, and of earlier versions is kept for a month', () => {
    const [old, recent] = [kept('old', 31), kept('recent', 29)];
    const env = { ...process.env, NODE_COMPILE_CACHE: cache };
    const run = (...args: string[]) => execFileSync(process.execPath, args, { env, stdio: 'ignore' });
    run(join(ROOT, 'scripts/warm.ts'));
    assert.deepEqual([existsSync(old), existsSync(recent)], [false, true]);
    const own = readdirSync(cache).find((folder) => folder.startsWith(process.version))!;
    const files = readdirSync(join(cache, own)).length;
    run('--import', join(ROOT, 'src/daemon.ts'), join(ROOT, 'src/main.ts'), '--version');
    assert.ok(files > 0);
    assert.equal(readdirSync(join(cache, own)).length, files, 'the daemon compiles nothing more');
  }).timeout(60_000);
});
