import { PromqlFault } from './fault.ts';

const UNIT_MS: Record<string, number> = {
  ...{ ms: 1, s: 1000, m: 60_000, h: 3_600_000 },
  ...{ d: 86_400_000, w: 604_800_000, y: 31_536_000_000 },
};

/** "1h30m" in milliseconds; null where it is no duration. Units fall, as Prometheus wants them. */
export function durationMs(text: string): number | null {
  if (!/^(?=\d)(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/.test(text)) return null;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) sum += Number(count) * UNIT_MS[unit!]!;
  return sum;
}

/** A number without its sign: decimal, hexadecimal, octal with a leading 0, Inf, NaN, or a duration in seconds. */
export function parseNumber(text: string, from: number): number {
  if (/^inf$/i.test(text)) return Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  const duration = durationMs(text);
  if (duration !== null) return duration / 1000;
  const digits = /^\d+(_\d+)*$/.test(text) ? text.replaceAll('_', '') : text;
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8);
  const value = Number(digits);
  if (Number.isNaN(value)) throw new PromqlFault(from, `${text} is no number`);
  return value;
}

const SIMPLE: Record<string, string> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
  ...{ '\\': '\\', "'": "'", '"': '"' },
};
const ESCAPE = /\\(?:([abfnrtv\\'"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|)/g;

/** A string with its quotes, with Go's escapes; between backticks there are none. */
export function parseString(text: string, from: number): string {
  const quote = text[0]!;
  if (text.length < 2 || !text.endsWith(quote)) throw new PromqlFault(from, 'this string has no end');
  const inside = text.slice(1, -1);
  if (quote === '`') return inside;
  if (inside.includes('\n')) throw new PromqlFault(from, 'a string ends on its line: write \\n, or use backticks');
  return inside.replace(ESCAPE, (found, simple, hex, octal, short, long, at: number) => {
    if (simple !== undefined) return simple === otherQuote(quote) ? refuse(found, from + 1 + at) : SIMPLE[simple]!;
    const code = octal === undefined ? Number.parseInt(hex ?? short ?? long, 16) : Number.parseInt(octal, 8);
    const bytes = hex !== undefined || octal !== undefined;
    const valid = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) && !(bytes && code > 0x7f);
    return valid ? String.fromCodePoint(code) : refuse(found, from + 1 + at);
  });
}

function otherQuote(quote: string): string {
  return quote === '"' ? "'" : '"';
}

function refuse(found: string, from: number): never {
  throw new PromqlFault(from, `unknown escape ${found}: \\n, \\t, \\\\, the quote itself, \\x41, \\u00e4 are known`);
}
