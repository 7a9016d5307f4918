/** Cumulative values from the first to the last that is not 0: what a window keeps of a table that is mostly empty. */
export type Trimmed = { low: number; values: Float64Array | Uint32Array };

/** Steps of `stride` values that are 0 at both ends are left out. */
export function trim(values: Float64Array, stride: number): Trimmed {
  const step = (index: number) => index - (index % stride);
  const first = values.findIndex((value) => value !== 0);
  const low = first < 0 ? 0 : step(first);
  const end = first < 0 ? 0 : step(values.findLastIndex((value) => value !== 0)) + stride;
  return { low, values: values.slice(low, end) };
}

/** Counts modulo 2^32: half the memory, and a window's difference is exact all the same. */
export function trimCounts(counts: Float64Array): Trimmed {
  const { low, values } = trim(counts, 1);
  return { low, values: new Uint32Array(values) }; // wraps, as ToUint32 does
}

export function valueAt({ low, values }: Trimmed, index: number): number {
  return values[index - low] ?? 0;
}

/** Counts between two moments, all `length` of them. */
export function countsBetween(from: Trimmed, to: Trimmed, length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, i) => valueAt(to, i) - valueAt(from, i));
}
