import { schedstat, stealNs, threadsOf } from './procfs.ts';

/** How long a server's threads waited for a CPU, and what the hypervisor took from all CPUs, in about a second. */
export type Waited = { atMs: number; seconds: number; runDelayNs: number; stealNs: number };

/** The kernel's own books of some processes' waits, second by second; threads may come and go. */
export class Waits {
  readonly #pids: readonly number[];
  readonly #seconds: Waited[] = [];
  #delays: Map<number, number>;
  #stealNs: number;
  #atMs: number;

  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#delays = delaysOf(pids);
    this.#stealNs = stealNs();
    this.#atMs = Date.now();
  }

  /** Once a second. */
  look(): void {
    const [delays, steal, atMs] = [delaysOf(this.#pids), stealNs(), Date.now()];
    let runDelayNs = 0;
    for (const [tid, ns] of delays) runDelayNs += ns - (this.#delays.get(tid) ?? 0);
    const seconds = (atMs - this.#atMs) / 1000;
    this.#seconds.push({ atMs, seconds, runDelayNs, stealNs: steal - this.#stealNs });
    [this.#delays, this.#stealNs, this.#atMs] = [delays, steal, atMs];
  }

  /** How much more a second there was of the one or the other from `fromMs` to `toMs` than in the median second before. */
  grewNsPerSecond(fromMs: number, toMs: number): number {
    const within = this.#seconds.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
    const before = this.#seconds.filter(({ atMs }) => atMs < fromMs);
    const grew = (of: 'runDelayNs' | 'stealNs') =>
      mean(within.map((each) => each[of] / each.seconds)) - median(before.map((each) => each[of] / each.seconds));
    return within.length === 0 ? 0 : Math.max(grew('runDelayNs'), grew('stealNs'));
  }
}

/** By thread. One that ends meanwhile is left out. */
function delaysOf(pids: readonly number[]): Map<number, number> {
  const delays = new Map<number, number>();
  for (const pid of pids) {
    for (const tid of threadsOf(pid)) {
      try {
        delays.set(tid, schedstat(pid, tid).runDelayNs);
      } catch (error) {
        if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code!)) throw error;
      }
    }
  }
  return delays;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
