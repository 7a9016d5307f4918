const SECOND_NS = 1e9;

type Second = { index: number; max: number };

/** Each second's most active workers, averaged over the last seconds. Times on CLOCK_MONOTONIC, nanoseconds. */
export class Activity {
  readonly #seconds: Second[] = [];
  readonly #keep: number;

  constructor(intervalNs: number) {
    this.#keep = Math.max(1, Math.round(intervalNs / SECOND_NS));
  }

  look(active: number, atNs: number): void {
    const index = Math.floor(atNs / SECOND_NS);
    const last = this.#seconds.at(-1);
    if (last?.index === index) last.max = Math.max(last.max, active);
    else this.#seconds.push({ index, max: active });
    while (this.#seconds[0]!.index < index - this.#keep) this.#seconds.shift();
  }

  /**
   * Of the whole seconds up to `atNs`, or to the last look where that is later; null where there is none. The second
   * that runs is left out: its maximum may still rise.
   */
  mean(atNs: number): number | null {
    const now = Math.max(Math.floor(atNs / SECOND_NS), this.#seconds.at(-1)?.index ?? 0);
    const whole = this.#seconds.filter(({ index }) => index < now && index >= now - this.#keep);
    return whole.length === 0 ? null : whole.reduce((sum, { max }) => sum + max, 0) / whole.length;
  }
}
