import type { Context } from 'mocha';

/** Leaves a test out where this machine lacks something; the reason stands in the test's title. Null: it runs. */
export function skip(context: Context, reason: string | null): void {
  if (reason === null) return;
  const test = context.currentTest ?? context.test!;
  test.title += ` (skipped: ${reason})`;
  context.skip();
}
