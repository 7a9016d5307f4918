import { join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const MEETS_KERNEL = /^test\/(kernel|scenario)\//;

/**
 * Loaded by .mocharc.json. Tests that meet the real kernel meet its other users too: each gets one more try, unless its
 * suite asks for more. scripts/reporter.ts prints what needed it.
 */
export const mochaHooks: Mocha.RootHookObject = {
  beforeEach(this: Mocha.Context) {
    const test = this.currentTest!;
    if (test.retries() < 1 && MEETS_KERNEL.test(relative(ROOT, test.file ?? ''))) test.retries(1);
  },
};
