export type Strength = { activeWorkers: number | null; parallelism: number | null; demand: number | null };

/** A worker that never rests reads 0.9999 or so, and would fall short of its size by the rounding of a sum. */
const RESOLUTION = 0.99;

/**
 * Workers by which a pool runs beside its size: above it as far as more are active, below it (negative) as far as
 * workers want to run and cannot; 0 otherwise; null while something needed is not known. The definition is
 * pooldrift_pool_size_deviation's.
 */
export function sizeDeviation({ activeWorkers, parallelism, demand }: Strength, size: number | null): number | null {
  if (size === null || activeWorkers === null || parallelism === null || demand === null) return null;
  if (activeWorkers > size) return activeWorkers - size;
  return demand >= RESOLUTION * size ? Math.min(0, parallelism - size) : 0;
}
