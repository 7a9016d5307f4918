import type { Block } from './block.ts';
import { slowerThan } from './block.ts';
import type { Edge } from './edge.ts';
import { YEAR_SECONDS } from './ladder.ts';
import { upperShare } from './poisson.ts';

/** How far apart the baseline's own sums over one window length lie. */
export type Spread = {
  /** Variance of the requests above Q beyond the binomial's, over their mean squared; an upper 95 % bound. */
  dispersion: number;
  /** The same, as it is. */
  relativeVariance: number;
  /** ln(above Q / expected) that the pool must exceed in both halves: its own course hardly does. */
  extreme: number;
};

/** Fewer lengths than this say too little of a window length. */
const LENGTHS_MIN = 6;
/** One-sided 95 % of a normal distribution. */
const Z95 = 1.645;

/** Running sums over the baseline's blocks: expected and counted requests above Q. */
export class BlockSums {
  readonly #expected: Float64Array;
  readonly #above: Float64Array;
  readonly blocks: number;

  constructor(list: readonly Block[], edge: Edge, share: number) {
    this.blocks = list.length;
    this.#expected = new Float64Array(list.length + 1);
    this.#above = new Float64Array(list.length + 1);
    for (let i = 0; i < list.length; i++) {
      this.#expected[i + 1] = this.#expected[i]! + share * list[i]!.requests;
      this.#above[i + 1] = this.#above[i]! + slowerThan(list[i]!, edge);
    }
  }

  get above(): number {
    return this.#above[this.blocks]!;
  }

  /** Whether `per` blocks fit in often enough. */
  enough(per: number): boolean {
    return this.blocks >= LENGTHS_MIN * per;
  }

  /** Of all overlapping sums over `per` blocks. */
  spread(per: number, windowSeconds: number, budget: number): Spread {
    const [expected, above] = [this.#expected, this.#above];
    const count = this.blocks - per + 1;
    if (count < 5) return { dispersion: 1, relativeVariance: 1, extreme: Number.POSITIVE_INFINITY };
    const half = per >> 1;
    const top = new Top(Math.max(3, Math.floor(count / 30)) + 1);
    let [squares, upper, sum, sumSquares] = [0, 0, 0, 0];
    for (let i = 0; i < count; i++) {
      const later = i + half;
      const [mean, counted] = [expected[i + per]! - expected[i]!, above[i + per]! - above[i]!];
      const off = counted - mean;
      squares += off * off;
      if (off > 0) upper += off * off;
      sum += mean;
      sumSquares += mean * mean;
      // Of the two halves the lesser: what fills one of them only is no extreme of the whole length.
      const second = (above[i + per]! - above[later]! + 0.5) / (expected[i + per]! - expected[later]! + 0.5);
      if (second <= top.least) continue;
      const first = (above[later]! - above[i]! + 0.5) / (expected[later]! - expected[i]! + 0.5);
      top.offer(half === 0 ? second : Math.min(first, second));
    }
    const lengths = Math.max(2, Math.floor(this.blocks / per));
    const skewed = upper / upperShare(sum / count);
    const variance = (Math.max(squares, skewed) * (1 + Z95 * Math.sqrt(2 / lengths))) / (1 - 1 / lengths);
    return {
      relativeVariance: sumSquares > 0 ? Math.max(0, (squares - sum) / sumSquares) : 1,
      dispersion: sumSquares > 0 ? Math.max(0, (variance - sum) / sumSquares) : 1,
      extreme: extremeOf(top, count, windowSeconds, budget),
    };
  }
}

/** No more is asked for than so many times the largest log ratio that the pool has shown. */
const SHOWN_FACTOR = 1.6;
/**
 * Eight times what is expected, in both halves, is beyond any habit that an episode could be made of. Without it, the
 * few values of a young baseline may ask for more requests above Q than there are requests.
 */
const BEYOND = Math.log(8);
/** Fewer sums have not shown enough for SHOWN_FACTOR: most of an hour's. */
const SHOWN_COUNT = 300;

/**
 * An exponential tail through the largest log ratios, continued to once in 1/budget years; but no more than a good
 * deal beyond the largest of all, for a tail of twelve values errs far to either side.
 */
function extremeOf(top: Top, count: number, windowSeconds: number, budget: number): number {
  const values = top.values.map(Math.log);
  const k = values.length - 1;
  const threshold = values[0]!;
  const excess = values.reduce((sum, value) => sum + value - threshold, 0) / k;
  const years = (k / count) * (YEAR_SECONDS / (windowSeconds * budget));
  const expected = threshold + excess * (1 + 1 / Math.sqrt(k)) * Math.max(0, Math.log(years));
  const shown = count >= SHOWN_COUNT ? SHOWN_FACTOR * values.at(-1)! : Number.POSITIVE_INFINITY;
  return Math.min(expected, shown, BEYOND);
}

/** The `size` largest values offered, ascending. */
class Top {
  readonly values: number[];

  constructor(size: number) {
    this.values = new Array<number>(size).fill(0);
  }

  get least(): number {
    return this.values[0]!;
  }

  offer(value: number): void {
    const { values } = this;
    if (value <= values[0]!) return;
    let i = 1;
    while (i < values.length && values[i]! < value) {
      values[i - 1] = values[i]!;
      i++;
    }
    values[i - 1] = value;
  }
}
