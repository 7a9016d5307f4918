// node scripts/page.ts: src/web/page -> build/page, what the daemon serves at `/`. Needs no network.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = join(ROOT, 'src/web/page');
const TARGET = join(ROOT, 'build/page');

mkdirSync(TARGET, { recursive: true });
await build({
  entryPoints: ['main.ts', 'page.css'].map((file) => ({ in: join(SOURCES, file), out: 'page' })),
  outdir: TARGET,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'inline',
  logLevel: 'warning',
});
for (const file of ['index.html', 'icon.svg']) copyFileSync(join(SOURCES, file), join(TARGET, file));
