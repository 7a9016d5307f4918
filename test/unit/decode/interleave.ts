/** Runs `read` with a writer that gets its turn just after the n-th atomic load; for each n until it no longer comes. */
export function interleaved<T>(read: () => T, write: () => void, undo: () => void): T[] {
  const results: T[] = [];
  for (let turn = 1; ; turn++) {
    let loads = 0;
    const result = withLoads(read, () => {
      if (++loads === turn) write();
    });
    undo();
    if (loads < turn) return results;
    results.push(result);
  }
}

function withLoads<T>(read: () => T, after: () => void): T {
  const load = Atomics.load;
  const watched = (words: Int32Array, at: number) => {
    const value = load(words, at);
    after();
    return value;
  };
  Atomics.load = watched as typeof Atomics.load;
  try {
    return read();
  } finally {
    Atomics.load = load;
  }
}
