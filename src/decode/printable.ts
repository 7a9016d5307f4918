const MAX_BYTES = 128;
const NEEDS_ESCAPE = /[\p{Cc}\p{Cf}\u2028\u2029\ufffd\\]/gu;

/**
 * A name from the kernel or /proc, safe for a terminal, a log, a label and a page: control characters (C0, C1),
 * format characters (bidirectional marks among them) and invalid UTF-8 are escaped; cut at 128 bytes.
 */
export function printable(name: string | Uint8Array): string {
  const text = typeof name === 'string' ? name : decodeLoose(name);
  const escaped = text.replace(NEEDS_ESCAPE, escapeOne);
  return Buffer.byteLength(escaped) <= MAX_BYTES ? escaped : cut(escaped);
}

function escapeOne(character: string): string {
  if (character === '\\') return '\\\\';
  const code = character.codePointAt(0)!;
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** UTF-8 where it is valid; each byte that is not, as \xNN. */
function decodeLoose(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
}

function cut(text: string): string {
  let kept = '';
  let bytes = 3;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_BYTES) break;
    kept += character;
  }
  return `${kept}…`;
}
