const reasons = new WeakMap<object, string>();

/** Skips the running test, or from a `before` hook the whole suite. The reason names what the machine lacks. */
export function skip(context: Mocha.Context, reason: string): never {
  const runnable = context.runnable() as Mocha.Test | Mocha.Hook;
  reasons.set(runnable.type === 'hook' ? runnable.parent! : runnable, reason);
  return context.skip();
}

export function skipReason(test: Mocha.Test): string {
  return reasons.get(test) ?? suiteReason(test.parent);
}

function suiteReason(suite: Mocha.Suite | undefined): string {
  return suite ? (reasons.get(suite) ?? suiteReason(suite.parent)) : 'no reason given';
}
