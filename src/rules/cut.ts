/** UTF-8 bytes of a label's value or an annotation that are kept. */
export const TEXT_BYTES_MAX = 4096;
const MARK = '…';

/** The text, or its beginning with an ellipsis: never more than TEXT_BYTES_MAX bytes, no character in halves. */
export function cutText(text: string): string {
  if (text.length * 3 <= TEXT_BYTES_MAX || Buffer.byteLength(text) <= TEXT_BYTES_MAX) return text;
  const bytes = Buffer.from(text.slice(0, TEXT_BYTES_MAX));
  let end = TEXT_BYTES_MAX - Buffer.byteLength(MARK);
  while ((bytes[end]! & 0xc0) === 0x80) end--; // not before the middle of a character
  return bytes.subarray(0, end).toString() + MARK;
}
