import type { Labels } from '../rules/labels.ts';
import type { Store } from '../rules/store/store.ts';

/** `key` tells two series of one source apart; `labels` is asked for where the key is new. */
export type FeedSample = { key: string; labels: () => Labels; value: number };

/** A store that refuses so many new series at one time is not asked for more: labels are costly. */
const REFUSED_MAX = 1000;

/** The series of one source on their way into the store: what is no longer given ends with a staleness marker. */
export class Feed {
  readonly #store: Store;
  #known = new Map<string, Labels>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** All that there is of the source at one time; the number of samples that the store took. */
  write(samples: Iterable<FeedSample>, timeMs: number): number {
    const known = new Map<string, Labels>();
    let [taken, refused] = [0, 0];
    for (const { key, labels, value } of samples) {
      const before = this.#known.get(key);
      if (before === undefined && refused === REFUSED_MAX) {
        this.#store.losses.seriesRefused++;
        continue;
      }
      const of = before ?? labels();
      const appended = this.#store.append(of, timeMs, value);
      if (appended) taken++;
      else if (before === undefined) refused++;
      if (appended || before !== undefined) known.set(key, of);
    }
    for (const [key, labels] of this.#known) if (!known.has(key)) this.#store.appendStale(labels, timeMs);
    this.#known = known;
    return taken;
  }

  /** The labels will be others from now on: all series end. */
  end(timeMs: number): void {
    this.write([], timeMs);
  }
}
