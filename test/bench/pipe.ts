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
    const text = await perf.output;
    return microseconds(text, `${perf.child.signalCode ?? perf.child.exitCode}`);
  } finally {
    await end(perf.child);
  }
}

function microseconds(text: string, ended: string): number {
  const us = /([\d.]+) usecs\/op/.exec(text)?.[1];
  if (us === undefined) throw new Error(`perf bench sched pipe ended with ${ended} and said: ${text || 'nothing'}`);
  return Number(us);
}
