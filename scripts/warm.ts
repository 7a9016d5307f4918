// bin/pooldrift --warm: compiles all that the daemon loads, so that its first start is as lean as the next ones. One file
// that is not in the cache would bring the whole TypeScript compiler in.
import { flushCompileCache } from 'node:module';

await import('../src/cli/run.ts');
await import('../src/daemon.ts');
process.argv.splice(2, Number.POSITIVE_INFINITY, '--version');
await import('../src/main.ts');
flushCompileCache();
