/** What a test has made, undone last first: after each test, also a failed one, and when the run is interrupted. */

type Undo = () => void | Promise<void>;
const pending: Undo[] = [];

/** Registers the undoing of something just made. It must hold up when that has gone by itself. */
export function defer(undo: Undo): void {
  pending.push(undo);
}

/** For programs that are no mocha tests. */
export async function undoAll(): Promise<void> {
  const failures: unknown[] = [];
  for (let undo = pending.pop(); undo; undo = pending.pop()) {
    try {
      await undo();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'clean-up failed');
}

for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
  process.once(signal, () => void undoAll().finally(() => process.exit(code)));
}

// A root hook: mocha runs it after every test of every file.
if (typeof afterEach === 'function') afterEach(undoAll);
