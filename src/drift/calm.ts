import { CALM, REQUESTS, type Recent } from './recent.ts';
import { ageOf, momentOf, type Saved } from './saved.ts';

const WINDOWS = 12;
const SECONDS_MIN = 60;
const SECONDS_MAX = 1800;
/** An episode that begins so soon after another one's end needs twice the calm. */
const SOON_NS = 1800e9;
const REQUESTS_MIN = 500;
const SHARE = 0.01;
const HALF_SHARE = 0.0125;

/**
 * When an episode is over: the last seconds, 12 windows at least and as many as hold 500 requests (at most half an
 * hour), have a P99 that is less than half the way from the baseline's to `ratio_min` times it, and neither half of
 * them is far off. A drift that comes back within half an hour of the end needs twice as long the next time, up to half
 * an hour: what comes and goes becomes one long episode soon.
 */
export class Calm {
  readonly #shortest: number;
  seconds: number;
  /** End of the last episode; null before there was one. */
  endedNs: number | null = null;

  constructor(windowSeconds: number) {
    this.#shortest = Math.min(SECONDS_MAX, Math.max(SECONDS_MIN, WINDOWS * windowSeconds));
    this.seconds = this.#shortest;
  }

  began(sinceNs: number): void {
    const soon = this.endedNs !== null && sinceNs - this.endedNs < SOON_NS;
    this.seconds = soon ? Math.min(SECONDS_MAX, 2 * this.seconds) : this.#shortest;
  }

  save(nowNs: number): Saved['calm'] {
    return { seconds: this.seconds, endedAge: this.endedNs === null ? null : ageOf(this.endedNs, nowNs) };
  }

  restore({ seconds, endedAge }: Saved['calm'], savedAtNs: number): void {
    this.seconds = Math.min(SECONDS_MAX, Math.max(this.#shortest, seconds));
    this.endedNs = endedAge === null ? null : momentOf(endedAge, savedAtNs);
  }

  /** The calm seconds that end an episode of so many seconds; 0 where it goes on. */
  reached(recent: Recent, episodeSeconds: number): number {
    const most = Math.floor(Math.min(recent.span, episodeSeconds, SECONDS_MAX));
    let length = Math.ceil(this.seconds);
    if (most < length) return 0;
    while (length < most && recent.sum(REQUESTS, length, 0) < REQUESTS_MIN) length = Math.min(most, 2 * length);
    const requests = recent.sum(REQUESTS, length, 0);
    if (requests < REQUESTS_MIN && length < SECONDS_MAX) return 0;
    const half = length >> 1;
    const quiet =
      recent.sum(CALM, length, 0) <= SHARE * requests &&
      recent.sum(CALM, half, 0) <= HALF_SHARE * recent.sum(REQUESTS, half, 0) &&
      recent.sum(CALM, length, half) <= HALF_SHARE * recent.sum(REQUESTS, length, half);
    return quiet && requests > 0 ? length : 0;
  }
}
