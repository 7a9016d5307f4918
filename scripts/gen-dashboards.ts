/** Writes dashboards/grafana from dashboards/sources; with --check it only says, by its exit code, whether it is up to date. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { generated } from '../dashboards/sources/index.ts';

const FOLDER = new URL('../dashboards/grafana/', import.meta.url);
const texts = generated();

function upToDate(): boolean {
  const there = readdirSync(FOLDER).sort().join();
  return (
    there === [...texts.keys()].sort().join() &&
    [...texts].every(([name, text]) => readFileSync(new URL(name, FOLDER), 'utf8') === text)
  );
}

if (!process.argv.includes('--check')) for (const [name, text] of texts) writeFileSync(new URL(name, FOLDER), text);
else if (!upToDate()) {
  process.stderr.write('dashboards/grafana is out of date: npm run generate writes it\n');
  process.exitCode = 1;
}
