/** Cumulative values from the first to the last that is not 0: what a window keeps of a table that is mostly empty. */
export type Trimmed = { low: number; values: Float64Array | Uint32Array };

/** Counts modulo 2^32: half the memory, and a window's difference is exact all the same. */
export function trimCounts(counts: Float64Array): Trimmed {
  let [low, end] = [0, counts.length];
  while (low < end && counts[low] === 0) low++;
  while (end > low && counts[end - 1] === 0) end--;
  return { low, values: new Uint32Array(counts.subarray(low, end)) }; // wraps, as ToUint32 does
}

export function valueAt({ low, values }: Trimmed, index: number): number {
  return values[index - low] ?? 0;
}

/** Counts between two moments, all `length` of them. What is 0 later was 0 before. */
export function countsBetween(from: Trimmed, to: Trimmed, length: number): Uint32Array {
  const counts = new Uint32Array(length);
  counts.set(to.values, to.low);
  for (let i = 0; i < from.values.length; i++) counts[from.low + i]! -= from.values[i]!;
  return counts;
}
