/** Sums that are kept of each second; running totals, so that any window's sum is one difference. */
const FIELDS = 5;
export const REQUESTS = 0;
/** Expected above Q. */
export const EXPECTED = 1;
/** Above Q. */
export const ABOVE = 2;
/** Above the effect. */
export const EFFECT = 3;
/** Above half the way to the effect. */
export const CALM = 4;
const SHORTS = 3;
const SHORT_SLOTS = 32;

export type Field = 0 | 1 | 2 | 3 | 4;

/** The last seconds of a pool, one slot each, as running totals. Slot numbers rise by one a second. */
export class Recent {
  readonly #totals: Float64Array;
  readonly #short = new Float64Array(SHORT_SLOTS * SHORTS);
  readonly #mask: number;
  /** The slot of the newest second. */
  now = 0;
  /** The newest slot that is not to be used. */
  #floor = 0;

  /** Holds `seconds` at least. */
  constructor(seconds: number) {
    const slots = 2 ** Math.ceil(Math.log2(seconds + 1));
    this.#mask = slots - 1;
    this.#totals = new Float64Array(slots * FIELDS);
  }

  /** Seconds that a window can have. */
  get span(): number {
    return Math.min(this.now - this.#floor, this.#mask);
  }

  /** Adds one second; `short` are the requests above the short windows' effects. */
  push(requests: number, expected: number, above: number, effect: number, calm: number, short: Float64Array): void {
    const totals = this.#totals;
    const from = (this.now & this.#mask) * FIELDS;
    const at = (++this.now & this.#mask) * FIELDS;
    totals[at] = totals[from]! + requests;
    totals[at + 1] = totals[from + 1]! + expected;
    totals[at + 2] = totals[from + 2]! + above;
    totals[at + 3] = totals[from + 3]! + effect;
    totals[at + 4] = totals[from + 4]! + calm;
    const before = ((this.now - 1) & (SHORT_SLOTS - 1)) * SHORTS;
    const after = (this.now & (SHORT_SLOTS - 1)) * SHORTS;
    for (let i = 0; i < SHORTS; i++) this.#short[after + i] = this.#short[before + i]! + short[i]!;
  }

  /** Forgets all seconds but the last `kept`. */
  forget(kept = 0): void {
    this.#floor = Math.max(this.#floor, this.now - kept);
  }

  /** Sum of a field from `fromAgo` seconds ago to `toAgo`, within span. */
  sum(field: Field, fromAgo: number, toAgo: number): number {
    const totals = this.#totals;
    const to = ((this.now - toAgo) & this.#mask) * FIELDS + field;
    return totals[to]! - totals[((this.now - fromAgo) & this.#mask) * FIELDS + field]!;
  }

  /** The same of the requests above the short window's effect, 0 .. 2; up to 31 seconds ago. */
  shortSum(which: number, fromAgo: number, toAgo: number): number {
    const short = this.#short;
    const to = ((this.now - toAgo) & (SHORT_SLOTS - 1)) * SHORTS + which;
    return short[to]! - short[((this.now - fromAgo) & (SHORT_SLOTS - 1)) * SHORTS + which]!;
  }
}
