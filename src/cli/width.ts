import { eastAsianWidth } from 'get-east-asian-width';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Terminal columns of a text (East Asian wide characters take two, combining marks none). */
export function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text)
    width += /\p{M}|\p{Cf}/u.test(character) ? 0 : eastAsianWidth(character.codePointAt(0)!);
  return width;
}

/** Whatever could move the cursor becomes `?`. */
export function tame(text: string): string {
  return text.replace(CONTROL, '?');
}

/** Exactly `width` columns: cut with an ellipsis, or filled; tame. */
export function padTo(text: string, width: number, align: 'left' | 'right'): string {
  const cut = truncate(tame(text), width);
  const fill = ' '.repeat(Math.max(0, width - widthOf(cut)));
  return align === 'left' ? cut + fill : fill + cut;
}

/** At most `width` columns. */
export function truncate(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (widthOf(kept + character) > width - 1) break;
    kept += character;
  }
  return width > 0 ? `${kept}…` : '';
}
