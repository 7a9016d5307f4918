import { Scalar } from 'yaml';

type Unit = { at: number; length: number; text: string };

/**
 * Where a character of a scalar's value stands in the YAML text, as an offset. Indentation, folded lines, quotes and
 * escapes are in the text only, but whatever is no blank stands in both in the same order: that is counted. A blank is
 * placed behind what comes before it.
 */
export function offsetIn(source: string, node: Scalar, target: number): number {
  const value = String(node.value);
  const wanted = value.slice(0, target).replace(/\s/g, '').length;
  let seen = 0;
  let behind = beginning(source, node);
  for (const { at, length, text } of units(source, node)) {
    if (seen + text.length > wanted && /^\S/.test(value.slice(target))) return at;
    if (seen === wanted) return behind;
    seen += text.length;
    behind = at + length;
  }
  return behind;
}

function beginning(source: string, { type, range }: Scalar): number {
  const start = range?.[0] ?? 0;
  if (type === Scalar.BLOCK_FOLDED || type === Scalar.BLOCK_LITERAL) return source.indexOf('\n', start) + 1;
  return type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE ? start + 1 : start;
}

/** What of the text makes characters that are no blanks, in order. */
function* units(source: string, node: Scalar): Generator<Unit> {
  const end = node.range?.[1] ?? 0;
  for (let at = beginning(source, node); at < end; ) {
    const unit = unitAt(source, at, node.type);
    if (unit.text.trim() !== '') yield unit;
    at += unit.length;
  }
}

function unitAt(source: string, at: number, type: Scalar['type']): Unit {
  if (type === Scalar.QUOTE_DOUBLE && source[at] === '\\') return escaped(source, at);
  const twice = type === Scalar.QUOTE_SINGLE && source.startsWith("''", at);
  return { at, length: twice ? 2 : 1, text: source[at]! };
}

const CODES = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;
/** Escapes for what trim() takes for a blank, and a line that goes on. */
const BLANKS = 'ntrv _LP\t\n\r';

function escaped(source: string, at: number): Unit {
  CODES.lastIndex = at;
  const found = CODES.exec(source);
  const code = found?.slice(1).find((digits) => digits !== undefined);
  if (code) return { at, length: found![0].length, text: String.fromCodePoint(Number.parseInt(code, 16)) };
  const next = source[at + 1] ?? '';
  return { at, length: 2, text: BLANKS.includes(next) ? ' ' : next };
}
