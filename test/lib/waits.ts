import { schedstat, stealNs, threadsOf } from './procfs.ts';

/** How long a server's threads waited for a CPU, and what the hypervisor took from all CPUs, in about a second. */
export type Waited = { atMs: number; seconds: number; runDelayNs: number; stealNs: number; usual: boolean };

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

  /** Once a second. `usual`: what comes later is compared with it. */
  look(usual: boolean): void {
    const [delays, steal, atMs] = [delaysOf(this.#pids), stealNs(), Date.now()];
    let runDelayNs = 0;
    for (const [tid, ns] of delays) runDelayNs += ns - (this.#delays.get(tid) ?? 0);
    const seconds = (atMs - this.#atMs) / 1000;
    this.#seconds.push({ atMs, seconds, runDelayNs, stealNs: steal - this.#stealNs, usual });
    [this.#delays, this.#stealNs, this.#atMs] = [delays, steal, atMs];
  }

  /**
   * How much more a second there was of the one or the other from `fromMs` to `toMs` than in the median usual second
   * before; 0 where one in twenty usual spans of that length had as much.
   */
  grewNsPerSecond(fromMs: number, toMs: number): number {
    const before = this.#seconds.filter(({ atMs, usual }) => usual && atMs < fromMs);
    const now = this.#seconds.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
    return Math.max(0, ...(['runDelayNs', 'stealNs'] as const).map((of) => grew(before, now, of)));
  }
}

function grew(before: readonly Waited[], now: readonly Waited[], of: 'runDelayNs' | 'stealNs'): number {
  const { length } = now;
  if (length === 0 || before.length < 2 * length) return 0;
  const rates = before.map((each) => each[of] / each.seconds);
  const spans = rates.slice(length - 1).map((_, i) => mean(rates.slice(i, i + length)));
  const rate = mean(now.map((each) => each[of] / each.seconds));
  return rate > quantile(spans, 0.95) ? rate - quantile(rates, 0.5) : 0;
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

function quantile(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(q * values.length)]!;
}
