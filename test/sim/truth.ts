import type { Distribution } from './distributions.ts';
import type { Source } from './source.ts';

const KEPT_SECONDS = 8192;

/** What the last two hours of a simulated pool were really like: each second's level and rate. */
export class Truth {
  readonly #distribution: Distribution;
  readonly #levels = new Float64Array(KEPT_SECONDS);
  readonly #rates = new Float64Array(KEPT_SECONDS);
  #seconds = 0;

  constructor(distribution: Distribution) {
    this.#distribution = distribution;
  }

  add({ now, factor }: Source): void {
    const place = this.#seconds++ % KEPT_SECONDS;
    this.#levels[place] = now.level * factor;
    this.#rates[place] = now.rate;
  }

  /** The P99 in milliseconds of all requests of the seconds `from` (or the oldest known) to `to`; the first is 0. */
  p99Ms(from: number, to: number): number {
    const first = Math.max(0, from, this.#seconds - KEPT_SECONDS);
    let [low, high] = [Math.log(1e-3), Math.log(1e7)];
    for (let i = 0; i < 40; i++) {
      const middle = (low + high) / 2;
      if (this.#slower(Math.exp(middle), first, to) > 0.01) low = middle;
      else high = middle;
    }
    return Math.exp(high);
  }

  /** The share of the requests that take longer. */
  #slower(ms: number, from: number, to: number): number {
    let [slow, all] = [0, 0];
    for (let second = from; second < to; second++) {
      const place = second % KEPT_SECONDS;
      const rate = this.#rates[place]!;
      slow += rate * this.#distribution.survival(ms / this.#levels[place]!);
      all += rate;
    }
    return slow / all;
  }
}
