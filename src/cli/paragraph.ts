import { NARROW } from './narrow.ts';
import type { Paint } from './paint.ts';
import { truncate, widthOf } from './width.ts';

/** Columns of a label on the left, such as `Cause`. */
const LABEL_WIDTH = 11;

/** Pieces set one behind the other, joined by `gap`, on as many lines of `width` columns as they need. */
export function flow(pieces: readonly string[], gap: string, width: number): string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    const longer = `${last}${gap}${piece}`;
    if (last !== undefined && widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else if (widthOf(piece) > width && BREAK.test(piece)) lines.push(...wrap(piece, width));
    else lines.push(truncate(piece, width));
  }
  return lines;
}

/** A space, unless a unit follows: a number keeps its unit. */
const BREAK = / (?!(?:us|ms|s|%)(?!\w))/;

/** Words on as many lines of `width` columns as they need; a longer word is cut. */
export function wrap(text: string, width: number): string[] {
  return flow(text.split(BREAK), ' ', width);
}

/** What has a label on the left, on a screen of some width. */
export type Sheet = {
  /** Columns beside the label. */
  width: number;
  paint: Paint;
  /** The label before the first line, as much room before the others; on a narrow screen, above them. */
  labelled(label: string, lines: readonly string[]): string[];
};

export function sheetOf(columns: number, paint: Paint): Sheet {
  if (columns < NARROW) {
    const above = (label: string) => (label === '' ? [] : [paint('faint', label)]);
    const labelled: Sheet['labelled'] = (label, lines) =>
      lines.length === 0 ? [] : [...above(label), ...lines.map((line) => ` ${line}`)];
    return { width: columns - 1, paint, labelled };
  }
  const labelled: Sheet['labelled'] = (label, lines) =>
    lines.map((line, i) => `${paint('faint', (i === 0 ? label : '').padEnd(LABEL_WIDTH))}${line}`);
  return { width: columns - LABEL_WIDTH, paint, labelled };
}
