import type { PoolConfig } from '../config/config.ts';
import type { Measured } from '../pools/facts.ts';
import type { GcTotals } from './gc.ts';
import type { ScrapedSamples } from './raw.ts';
import { type ScrapedPool, Target, type TargetOptions } from './target.ts';
import type { Growth, ScrapeReading } from './types.ts';

export type ScrapesOptions = TargetOptions & { pools: readonly PoolConfig[] };

/** Scrapes the pools that have `scrape`, from the constructor to close(). Never throws after that. */
export class Scrapes {
  readonly #options: TargetOptions;
  readonly #targets = new Map<string, { key: string; target: Target }>();

  #rawNames: ReadonlySet<string> | null = new Set();

  constructor({ pools, ...options }: ScrapesOptions) {
    this.#options = { ...options, rawNames: () => this.#rawNames };
    this.configure(pools);
  }

  /** Takes a new configuration; a target that stays as it was keeps its scrapes. */
  configure(pools: readonly PoolConfig[]): void {
    const wanted = new Map(pools.filter(isScraped).map((pool) => [pool.name, pool]));
    for (const [name, { key, target }] of this.#targets) {
      const pool = wanted.get(name);
      if (pool && keyOf(pool) === key) continue;
      target.close();
      this.#targets.delete(name);
    }
    for (const [name, pool] of wanted)
      if (!this.#targets.has(name))
        this.#targets.set(name, { key: keyOf(pool), target: new Target(pool, this.#options) });
  }

  /** Null: the pool has no `scrape`. */
  read(pool: string): ScrapeReading | null {
    return this.#targets.get(pool)?.target.read() ?? null;
  }

  /** The gauge that `size: { metric }` names. */
  value(pool: string, metric: string): Measured {
    return this.#targets.get(pool)?.target.value(metric) ?? { value: null, reason: 'the pool has no scrape' };
  }

  /** What its program tells of its garbage collector; null: nothing. */
  gc(pool: string): GcTotals | null {
    return this.#targets.get(pool)?.target.gc() ?? null;
  }

  /** What the pool's own histogram has counted, scrape by scrape, since the last call. */
  takeGrown(pool: string): Growth[] {
    return this.#targets.get(pool)?.target.takeGrown() ?? [];
  }

  /** From the next scrapes on, what rules ask for; null: all. */
  wantSamples(names: ReadonlySet<string> | null): void {
    this.#rawNames = names;
  }

  /** What rules asked for, by pool, of those that have been scraped; null: the last scrape failed. */
  samples(): Map<string, ScrapedSamples | null> {
    const all = Array.from(this.#targets, ([pool, { target }]) => [pool, target.samples()] as const);
    return new Map(all.filter((each): each is readonly [string, ScrapedSamples | null] => each[1] !== undefined));
  }

  close(): void {
    this.configure([]);
  }
}

function isScraped(pool: PoolConfig): pool is ScrapedPool {
  return pool.scrape !== null;
}

function keyOf({ scrape, latency, size }: ScrapedPool): string {
  return JSON.stringify([scrape, latency, size]);
}
