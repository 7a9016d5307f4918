/** Ahead, no harm is done by less: samples and alerts are a little older than they are. */
const AHEAD_MS = 60_000;

/** Notices that somebody sets the wall clock, which the rules go by. Pure: both clocks are arguments, in ms. */
export class WallClock {
  readonly #behindMs: number;
  #offsetMs: number;

  /** Back, time must not come twice: half an interval is still ahead of the last evaluation. */
  constructor(intervalMs: number, wallMs: number, monotonicMs: number) {
    this.#behindMs = intervalMs / 2;
    this.#offsetMs = wallMs - monotonicMs;
  }

  /** How far the clock was set since the last call, whole ms; 0: not so far that it matters. */
  step(wallMs: number, monotonicMs: number): number {
    const offsetMs = wallMs - monotonicMs;
    const stepMs = offsetMs - this.#offsetMs;
    if (stepMs < AHEAD_MS && stepMs > -this.#behindMs) return 0;
    this.#offsetMs = offsetMs;
    return Math.round(stepMs);
  }
}
