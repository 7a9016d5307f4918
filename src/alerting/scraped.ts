import { type Label, NAME } from '../rules/labels.ts';
import type { Needs } from '../rules/needs.ts';
import type { Store } from '../rules/store/store.ts';
import type { RawSample, ScrapedSamples } from '../scrape/raw.ts';
import { Feed, type FeedSample } from './feed.ts';
import { UP, up } from './own.ts';
import { parsed } from './parsed.ts';
import { attached, type Target } from './target.ts';

const POOL = 'pool';

/** By pool; null: it could not be scraped. */
export type Scraped = ReadonlyMap<string, ScrapedSamples | null>;

/** One moment: the wall clock, and performance.now() by which scrapes have their times. */
export type Clocks = { wallMs: number; nowMs: number };

type Source = { feed: Feed; target: Target; atMs: number };

/** What pools tell in their own scrapes, with the label `pool`, and whether they could be scraped: `up`. */
export class ScrapedFeeds {
  readonly #store: Store;
  readonly #sources = new Map<string, Source>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Each scrape is written once, at its own time. The number of samples that the store took. */
  write(scrapes: Scraped, needs: Needs, target: Target, clocks: Clocks): number {
    for (const [pool, source] of this.#sources) if (!scrapes.has(pool)) this.#end(pool, source, clocks.wallMs);
    let taken = 0;
    for (const [pool, scraped] of scrapes) taken += this.#write(this.#source(pool, target), scraped, needs, clocks);
    return taken;
  }

  /** The labels will be others from now on: all series end. */
  end(wallMs: number): void {
    for (const [pool, source] of this.#sources) this.#end(pool, source, wallMs);
  }

  #write(source: Source, scraped: ScrapedSamples | null, { names }: Needs, { wallMs, nowMs }: Clocks): number {
    const { feed, target } = source;
    if (scraped?.atMs === source.atMs) return 0;
    source.atMs = scraped?.atMs ?? Number.NaN;
    const atMs = scraped === null ? wallMs : wallMs - Math.round(nowMs - scraped.atMs);
    const samples = scraped?.samples.map((sample) => sampleOf(sample, target)) ?? [];
    if (names?.has(UP) ?? true) samples.push(up(Number(scraped !== null), target));
    return feed.write(samples, atMs);
  }

  #source(pool: string, target: Target): Source {
    const known = this.#sources.get(pool);
    if (known) return known;
    const labels: Label[] = [...target.labels, [POOL, pool]];
    const source = { feed: new Feed(this.#store), target: { ...target, labels }, atMs: Number.NaN };
    this.#sources.set(pool, source);
    return source;
  }

  #end(pool: string, { feed }: Source, wallMs: number): void {
    feed.end(wallMs);
    this.#sources.delete(pool);
  }
}

function sampleOf({ name, labels, value }: RawSample, target: Target): FeedSample {
  return { key: name + labels, labels: () => attached([[NAME, name], ...parsed(labels)], target), value };
}
