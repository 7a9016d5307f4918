/** "unknown key 'intervall', did you mean 'interval'?" */
export function unknownKey(key: string, known: readonly string[]): string {
  const near = known.map((name) => ({ name, far: distance(key, name) })).sort((a, b) => a.far - b.far)[0];
  const hint = near && near.far <= Math.max(1, Math.floor(near.name.length / 3)) ? `did you mean '${near.name}'?` : '';
  return `unknown key ${JSON.stringify(key)}, ${hint || `known here: ${known.join(', ')}`}`;
}

/** Levenshtein distance; both texts are short. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
