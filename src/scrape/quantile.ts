/** Where a quantile lies, and the bucket that it is in. */
export type Interpolated = { value: number; low: number; high: number };

/**
 * The quantile as Prometheus's histogram_quantile() interpolates it. `bounds` ascend to +Infinity, `counts` are
 * cumulative; `q` in 0 .. 1, above 0. Null: nothing was counted, or there is no finite bound.
 */
export function classicQuantile(bounds: readonly number[], counts: ArrayLike<number>, q: number): Interpolated | null {
  const last = bounds.length - 1;
  if (last < 1 || !(counts[last]! > 0)) return null;
  const rank = q * counts[last]!;
  let i = 0;
  while (i < last && counts[i]! < rank) i++;
  const high = bounds[i]!;
  const low = i > 0 ? bounds[i - 1]! : high > 0 ? 0 : high;
  if (i === last || low === high) return { value: low, low, high };
  const below = i > 0 ? counts[i - 1]! : 0;
  return { value: low + (high - low) * ((rank - below) / (counts[i]! - below)), low, high };
}
