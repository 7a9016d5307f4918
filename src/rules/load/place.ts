import { type Scalar, Scalar as Scalars } from 'yaml';

/**
 * Where a character of a scalar's value stands in the YAML text, as an offset. Value and text are walked together:
 * indentation, folded lines, quotes and escapes are in the text only.
 */
export function offsetIn(source: string, node: Scalar, target: number): number {
  const value = String(node.value);
  const [start, end] = node.range ?? [0, 0];
  const block = node.type === Scalars.BLOCK_FOLDED || node.type === Scalars.BLOCK_LITERAL;
  let at = block ? source.indexOf('\n', start) + 1 : start;
  for (let i = 0; i < value.length; i++) {
    at = find(source, at, end, value[i]!, i === 0);
    if (i === target) return Math.min(at, end);
    at = skip(source, at);
  }
  return Math.min(at, end);
}

/** Where the next character of the value is. A blank may stand for a line's end and the indentation behind it. */
function find(source: string, from: number, end: number, wanted: string, first: boolean): number {
  if (/\s/.test(wanted) && !first) return from;
  let at = from;
  while (at < end && source[at] !== wanted && source[at] !== '\\') at++;
  return source[at] === '\\' && wanted !== '\\' && source[at + 1] === wanted ? at + 1 : at < end ? at : from;
}

/** Behind one character of the value: an escape has two, a line's end takes the blanks after it. */
function skip(source: string, at: number): number {
  if (source[at] === '\\' && /[nt\\]/.test(source[at + 1] ?? '')) return at + 2;
  if (source[at] !== '\n') return at + 1;
  let next = at + 1;
  while (source[next] === ' ') next++;
  return next;
}
