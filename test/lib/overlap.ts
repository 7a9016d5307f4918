import { KIND, type Trace } from './trace.ts';

/** A stretch of waiting in one CPU's run queue. */
export type Wait = { cpu: number; fromNs: number; toNs: number };

/** Who came on a CPU, and when. */
type Runs = { startNs: number[]; who: (number | string)[] };

export function runsByCpu(trace: Trace, own: ReadonlySet<number>): Map<number, Runs> {
  const cpus = new Map<number, Runs>();
  for (let i = 0; i < trace.records; i++) {
    if (trace.seek(i).kind !== KIND.switch) continue;
    const before = { startNs: [-Infinity], who: [name(own, trace.tid, trace.tgid, trace.kthread)] };
    const runs = cpus.get(trace.cpu) ?? before;
    cpus.set(trace.cpu, runs);
    runs.startNs.push(trace.bookedAtNs);
    runs.who.push(name(own, trace.nextTid, trace.nextTgid, trace.nextKthread));
  }
  return cpus;
}

function name(own: ReadonlySet<number>, tid: number, tgid: number, kthread: boolean): number | string {
  if (tid === 0) return 'idle';
  if (kthread) return 'kernel';
  return own.has(tid) ? 'self' : tgid;
}

/** The time of all waits by who ran on that CPU meanwhile. */
export function whoRan(waits: readonly Wait[], cpus: Map<number, Runs>): Map<number | string, number> {
  const stolen = new Map<number | string, number>();
  for (const wait of waits) {
    const runs = cpus.get(wait.cpu);
    if (!runs) continue;
    for (let i = lastNotAfter(runs.startNs, wait.fromNs); i < runs.startNs.length; i++) {
      const startNs = Math.max(runs.startNs[i]!, wait.fromNs);
      if (startNs >= wait.toNs) break;
      const endNs = Math.min(runs.startNs[i + 1] ?? Infinity, wait.toNs);
      if (endNs > startNs) stolen.set(runs.who[i]!, (stolen.get(runs.who[i]!) ?? 0) + endNs - startNs);
    }
  }
  return stolen;
}

function lastNotAfter(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sorted[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
