/** The value of nearest rank, as test/workloads/samples.h has it; `share` in per mille at the finest. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.ceil((sorted.length * Math.round(share * 1000)) / 1000) - 1] ?? Number.NaN;
}
