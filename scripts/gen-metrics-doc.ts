/** Writes docs/METRICS.md from the catalog; with --check it only says, by its exit code, whether the file is up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { metricsDocument } from '../src/metrics/document.ts';

const FILE = new URL('../docs/METRICS.md', import.meta.url);
const document = metricsDocument();

if (!process.argv.includes('--check')) writeFileSync(FILE, document);
else if (readFileSync(FILE, 'utf8') !== document) {
  process.stderr.write('docs/METRICS.md is out of date: node scripts/gen-metrics-doc.ts writes it\n');
  process.exitCode = 1;
}
