import { end } from './children.ts';
import { startHeld } from './held.ts';

/**
 * One run of `perf bench sched pipe` on the measured core: two processes pass a byte to and fro, each operation is two
 * switches and about one wake-up. `join` is called with its pid before it works. Returns microseconds an operation.
 */
export async function pipeRun(operations: number, join: (pid: number) => void = () => {}): Promise<number> {
  const perf = await startHeld(['perf', 'bench', 'sched', 'pipe', '-l', `${operations}`]);
  try {
    join(perf.pid);
    perf.release();
    return microseconds(await perf.output);
  } finally {
    await end(perf.child);
  }
}

function microseconds(text: string): number {
  const us = /([\d.]+) usecs\/op/.exec(text)?.[1];
  if (us === undefined) throw new Error(`perf bench sched pipe said: ${text || 'nothing'}`);
  return Number(us);
}
