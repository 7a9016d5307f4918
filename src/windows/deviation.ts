export type Strength = { activeWorkers: number | null; parallelism: number | null; demand: number | null };

/** A worker that never rests reads 0.9999 or so, and would fall short of its size by the rounding of a sum. */
const RESOLUTION = 0.99;
/** Threads that run beside the size in a healthy program: Go's sysmon, one on its way out of a system call. */
const BESIDE = 1;
/** A full pool is short of its size by its own hand-overs. */
const HAND_OVERS = 0.25;

/**
 * Workers by which a pool runs beside its size: above it as far as more are active, below it (negative) as far as
 * workers want to run and cannot; 0 otherwise; null while something needed is not known.
 *
 * `activeWorkers` is a mean of maxima, an upper bound: a healthy Go program of GOMAXPROCS 2 shows 3. So an excess is
 * claimed only where the mean demand shows it too, and starvation is not covered up by it.
 */
export function sizeDeviation({ activeWorkers, parallelism, demand }: Strength, size: number | null): number | null {
  if (size === null || activeWorkers === null || parallelism === null || demand === null) return null;
  if (Math.min(activeWorkers, demand) - size > BESIDE) return activeWorkers - size;
  const short = size - parallelism;
  return demand >= RESOLUTION * size && short > HAND_OVERS ? -short : 0;
}
