import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const UPDATE = 'GOLDEN=update npm run check writes it';

/** Compares with test/golden/NAME. With GOLDEN=update in the environment it writes NAME first, for git to show. */
export function matchesGolden(name: string, actual: string): void {
  const path = join(import.meta.dirname, name);
  if (process.env.GOLDEN === 'update') writeFileSync(path, actual);
  assert.ok(existsSync(path), `test/golden/${name} is missing; ${UPDATE}`);
  assert.equal(actual, readFileSync(path, 'utf8'), `test/golden/${name} differs; ${UPDATE}`);
}
