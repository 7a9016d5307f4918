const SECOND_NS = 1e9;
/** Most pieces of time that are kept apart, and most thieves in one by name: about 100 KB at the worst. */
const PIECES_MAX = 62;
const NAMED_MAX = 16;

/** Run-queue time of a pool's workers by who ran meanwhile, over some time. */
export type Stolen = { durationNs: number; stolenNs: ReadonlyMap<string, number> };

type Piece = { fromNs: number; untilNs: number; stolenNs: Map<string, number> };

/**
 * Who stole from one pool in the last seconds. A new thief has its name here at once, also where `limits.thieves` leaves
 * it no series. Times on CLOCK_MONOTONIC.
 */
export class RecentThieves {
  readonly #keepNs: number;
  #pieces: Piece[] = [];

  constructor(keepNs: number) {
    this.#keepNs = keepNs;
  }

  /** Stolen nanoseconds by label since the last call. */
  add(grownNs: ReadonlyMap<string, number>, atNs: number): void {
    const last = this.#pieces.at(-1);
    const long = Math.max(SECOND_NS / 2, this.#keepNs / PIECES_MAX);
    const piece = last !== undefined && atNs - last.fromNs < long ? last : this.#begin(last?.untilNs ?? atNs);
    piece.untilNs = Math.max(piece.untilNs, atNs);
    for (const [label, ns] of grownNs) piece.stolenNs.set(label, (piece.stolenNs.get(label) ?? 0) + ns);
    this.#pieces = this.#pieces.filter(({ untilNs }) => untilNs > atNs - this.#keepNs);
  }

  #begin(fromNs: number): Piece {
    const last = this.#pieces.at(-1);
    if (last !== undefined) last.stolenNs = greatest(last.stolenNs);
    const piece = { fromNs, untilNs: fromNs, stolenNs: new Map() };
    this.#pieces.push(piece);
    return piece;
  }

  /** The last `agoNs`, to half a second or a 62nd of all that is kept. */
  over(agoNs: number): Stolen {
    const untilNs = this.#pieces.at(-1)?.untilNs ?? 0;
    const pieces = this.#pieces.filter((piece) => piece.untilNs > untilNs - agoNs);
    const stolenNs = new Map<string, number>();
    for (const piece of pieces)
      for (const [label, ns] of piece.stolenNs) stolenNs.set(label, (stolenNs.get(label) ?? 0) + ns);
    return { durationNs: untilNs - (pieces[0]?.fromNs ?? untilNs), stolenNs };
  }
}

/** The others together are `other`. */
function greatest(stolenNs: ReadonlyMap<string, number>): Map<string, number> {
  const sorted = [...stolenNs].sort((a, b) => b[1] - a[1]);
  const kept = new Map(sorted.slice(0, NAMED_MAX));
  for (const [, ns] of sorted.slice(NAMED_MAX)) kept.set('other', (kept.get('other') ?? 0) + ns);
  return kept;
}
