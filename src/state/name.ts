import { createHash } from 'node:crypto';

/** NAME_MAX is 255 bytes; the rest is for suffixes. */
const LONGEST = 200;
const SHOWN_OF_LONG = 100;

/**
 * A pool's name, which may hold anything, as a file name: other bytes than those of plain names as %XX. One that would be
 * too long, or is no Unicode, ends with ~ and a hash. Two names never give the same file name.
 */
export function fileName(name: string): string {
  const plain = [...Buffer.from(name)].map(encoded).join('').replace(/^\./, '%2E');
  if (plain.length > 0 && plain.length <= LONGEST && name.isWellFormed()) return plain;
  const hash = createHash('sha256').update(name, 'utf16le').digest('hex').slice(0, 32);
  return `${plain.slice(0, SHOWN_OF_LONG)}~${hash}`;
}

function encoded(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[\w.-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
