import { native } from './build.ts';
import { end } from './children.ts';
import { startHeld } from './held.ts';

/**
 * Who else is on the measured core. `ticker` wakes up every millisecond; `waiter` wants the CPU all the time at idle
 * priority, so that it stands in the run queue almost without a pause.
 */
export type Company = 'nobody' | 'ticker' | 'waiter';

let binary: string | undefined;

/** Runs `work` beside that company, which is gone afterwards. `pids` are its processes. */
export async function beside<T>(company: Company, work: (pids: number[]) => Promise<T>): Promise<T> {
  if (company === 'nobody') return work([]);
  binary ??= native('company');
  const held = await startHeld([binary, company === 'waiter' ? 'spin' : 'tick'], company === 'waiter');
  held.release();
  try {
    return await work([held.pid]);
  } finally {
    await end(held.child);
  }
}
