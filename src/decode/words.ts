/** Reads from memory that the kernel side writes meanwhile. Atomics.load: the compiler may not merge or reorder it. */

const HIGH = 2 ** 32;

/** An unsigned 64-bit value as Number: exact to 2^53. Only where the writer is known to be away (a sequence count). */
export function u64At(words: Int32Array, at: number): number {
  return (Atomics.load(words, at + 1) >>> 0) * HIGH + (Atomics.load(words, at) >>> 0);
}

/** The same from memory that nobody writes any more: a ring's record, published by its header. */
export function plainU64At(words: Int32Array, at: number): number {
  return (words[at + 1]! >>> 0) * HIGH + (words[at]! >>> 0);
}

/** A signed one. */
export function s64At(words: Int32Array, at: number): number {
  return Atomics.load(words, at + 1) * HIGH + (Atomics.load(words, at) >>> 0);
}

/** A live unsigned 64-bit value that may change between two reads: high, low, high again until it holds. */
export function liveU64At(words: Int32Array, at: number): number {
  for (;;) {
    const high = Atomics.load(words, at + 1);
    const low = Atomics.load(words, at);
    if (Atomics.load(words, at + 1) === high) return (high >>> 0) * HIGH + (low >>> 0);
  }
}
