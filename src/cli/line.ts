import { type Paint, painter, type Tone } from './paint.ts';
import { tame, truncate, widthOf } from './width.ts';

/** A piece of a line: where there is no room for all, those with the greatest `need` are left out first. */
export type Piece = { text: string; need: number; tone?: Tone | null };

const GAP = '   ';

/** The pieces that fit, the most needed one cut where even it does not; tame, never wider than `columns`. */
export function lineOf(pieces: readonly Piece[], columns: number, paint: Paint = painter(false)): string {
  let kept = pieces.map((piece) => ({ ...piece, text: tame(piece.text) })).filter(({ text }) => text !== '');
  const width = () => kept.reduce((sum, { text }) => sum + widthOf(text) + GAP.length, -GAP.length);
  while (kept.length > 1 && width() > columns) {
    const leastNeeded = kept.findLast(({ need }) => need === Math.max(...kept.map((piece) => piece.need)));
    kept = kept.filter((piece) => piece !== leastNeeded);
  }
  return kept.map(({ text, tone = null }) => paint(tone, truncate(text, columns))).join(GAP);
}
