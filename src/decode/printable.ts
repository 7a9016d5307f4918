const MAX_BYTES = 128;
/** Controls (C0, C1), formats (bidirectional marks), line separators, lone surrogates, and the escape itself. */
const NEEDS_ESCAPE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\\]/gu;

/**
 * A name from the kernel or /proc, safe for a terminal, a log, a label and a page: control characters, format
 * characters and bytes that are no UTF-8 are escaped; cut at 128 bytes. Ends at the first zero byte, as in C.
 */
export function printable(name: string | Uint8Array): string {
  const escaped = typeof name === 'string' ? escapeText(name) : escapeBytes(name);
  return Buffer.byteLength(escaped) <= MAX_BYTES ? escaped : cut(escaped);
}

function escapeText(text: string): string {
  return text.replace(NEEDS_ESCAPE, escapeOne);
}

function escapeOne(character: string): string {
  if (character === '\\') return '\\\\';
  const code = character.codePointAt(0)!;
  return code <= 0xff ? hex(code) : `\\u{${code.toString(16)}}`;
}

function hex(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 where it is valid; each byte that is not, as \xNN. */
function escapeBytes(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const name = end < 0 ? bytes : bytes.subarray(0, end);
  return decode(name) ?? escapeLoose(name);
}

function decode(bytes: Uint8Array): string | null {
  try {
    return escapeText(STRICT.decode(bytes));
  } catch {
    return null;
  }
}

/** Longest valid sequence at each place, 4 bytes at most; a byte that begins none is escaped. */
function escapeLoose(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((n) => at + n <= bytes.length && decode(bytes.subarray(at, at + n)) !== null);
    text += length ? decode(bytes.subarray(at, at + length)) : hex(bytes[at]!);
    at += length ?? 1;
  }
  return text;
}

/** Ends with an ellipsis, never within an escape. */
function cut(text: string): string {
  let kept = '';
  let bytes = Buffer.byteLength('…');
  for (const [piece] of text.matchAll(/\\(?:x..|u\{\w+\}|\\)|[^\\]/gu)) {
    bytes += Buffer.byteLength(piece);
    if (bytes > MAX_BYTES) break;
    kept += piece;
  }
  return `${kept}…`;
}
