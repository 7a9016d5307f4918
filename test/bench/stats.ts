/** Order statistics of a sample. */
export type Spread = { low: number; median: number; high: number; count: number };

/** The median and the quartiles beside it, by linear interpolation; throws on an empty sample. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    low: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    high: quantile(sorted, 0.75),
    count: sorted.length,
  };
}

/** A table's row: name, median, quartiles; two decimals. */
export function spreadRow(name: string, { low, median, high }: Spread): string[] {
  return [name, median.toFixed(2), `${low.toFixed(2)} to ${high.toFixed(2)}`];
}

export function median(values: readonly number[]): number {
  return spread(values).median;
}

/** Where the median lies by 95 %: two of the values, from both ends equally far, by the sign test; all of fewer than 6. */
export function medianInterval(values: readonly number[]): { low: number; high: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  if (n === 0) throw new RangeError('median of an empty sample');
  let outside = 0.5 ** n; // of a fair coin's n tosses `cut` heads or fewer
  let term = outside;
  let cut = 0;
  while (2 * outside <= 0.05) {
    cut++;
    term *= (n - cut + 1) / cut;
    outside += term;
  }
  const skip = Math.max(0, cut - 1);
  return { low: sorted[skip]!, high: sorted[n - 1 - skip]! };
}

function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) throw new RangeError('quantile of an empty sample');
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const lower = sorted[below]!;
  const upper = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return lower + (upper - lower) * (place - below);
}
