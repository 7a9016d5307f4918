// bin/pooldrift --warm: compiles all that the daemon loads, so that its first start is as lean as the next ones. One file
// that is not in the cache would bring the whole TypeScript compiler in.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { flushCompileCache, getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';

/** Older ones are of earlier versions; or they are made anew below. */
const KEPT_DAYS = 30;

const cache = getCompileCacheDir();
if (cache !== undefined) forgetOld(dirname(cache));
await import('../src/cli/run.ts');
await import('../src/daemon.ts');
process.argv.splice(2, Number.POSITIVE_INFINITY, '--version');
await import('../src/main.ts');
flushCompileCache();

/** Node itself never takes anything out of its cache. */
function forgetOld(folder: string): void {
  const oldestMs = Date.now() - KEPT_DAYS * 86_400_000;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const { mtimeMs = oldestMs } = statSync(file, { throwIfNoEntry: false }) ?? {}; // another set-up may run
    if (entry.isFile() && mtimeMs < oldestMs) rmSync(file, { force: true });
  }
}
