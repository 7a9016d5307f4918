/** Writes the JSON schema of dashboards from test/lib/grafana/types.ts; with --check it only says whether it is up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createGenerator } from 'ts-json-schema-generator';

const FILE = new URL('../test/lib/grafana/schema.json', import.meta.url);
const schema = createGenerator({
  path: fileURLToPath(new URL('../test/lib/grafana/types.ts', import.meta.url)),
  tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)),
  type: 'Dashboard',
  additionalProperties: false,
  skipTypeCheck: true,
  sortProps: true,
  jsDoc: 'none',
  expose: 'none', // by name it would take two types of one name for a clash
}).createSchema('Dashboard');
const text = `${JSON.stringify(schema)}\n`;

if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (readFileSync(FILE, 'utf8') !== text) {
  process.stderr.write('test/lib/grafana/schema.json is out of date: npm run generate writes it\n');
  process.exitCode = 1;
}
