import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolConfig } from '../config/config.ts';
import type { Measured } from '../pools/facts.ts';
import type { Log } from '../pools/roster.ts';
import type { Resolve } from './address.ts';
import { histogramOf } from './classic.ts';
import { type Family, gaugeOf } from './family.ts';
import { describe, ScrapeFault } from './fault.ts';
import { fetchFamilies } from './fetch.ts';
import { GC_SAMPLES, GcBook, type GcTotals } from './gc.ts';
import { RAW_MAX, RawSamples, type ScrapedSamples } from './raw.ts';
import type { Growth, MetricLatency, ScrapeReading } from './types.ts';
import { HistogramWindow } from './window.ts';

export type TargetOptions = {
  log: Log;
  /** drift.window. */
  windowNs: number;
  /** For one scrape, all in all; default 5000. */
  timeoutMs?: number;
  /** Names of the samples that rules ask for; null: all. Default: none. */
  rawNames?: () => ReadonlySet<string> | null;
  /** How names become addresses; default: dns.lookup. */
  resolve?: Resolve;
};

export type ScrapedPool = PoolConfig & { scrape: NonNullable<PoolConfig['scrape']> };

const TIMEOUT_MS = 5000;
/** The first scrape comes within it, so that not all targets are asked at once. */
const START_MS = 1000;
/** A gauge is kept so many intervals after the last good scrape. */
const KEEP_INTERVALS = 3;
/** Scrapes whose growth waits to be taken. */
const GROWN_MAX = 8;
const NONE = (): ReadonlySet<string> => new Set();

/** Asks one pool's own /metrics again and again, one request at a time, until close(). */
export class Target {
  readonly #pool: ScrapedPool;
  readonly #options: TargetOptions;
  readonly #url: URL;
  readonly #histogram: string | null;
  readonly #gauge: string | null;
  readonly #window: HistogramWindow | null;
  readonly #collector = new GcBook();
  readonly #closing = new AbortController();
  #request = new AbortController();
  #latency: MetricLatency | null = null;
  #value: Measured = { value: null, reason: 'not scraped yet' };
  #gc: GcTotals | null = null;
  #grown: Growth[] = [];
  #samples: ScrapedSamples | null | undefined;
  #fault: string | null = null;
  #goodMs = 0;

  constructor(pool: ScrapedPool, options: TargetOptions) {
    this.#pool = pool;
    this.#options = options;
    this.#url = new URL(pool.scrape.url);
    this.#histogram = pool.latency && 'metric' in pool.latency ? pool.latency.metric : null;
    this.#gauge = 'metric' in pool.size ? pool.size.metric : null;
    const intervalNs = pool.scrape.intervalSeconds * 1e9;
    this.#window = this.#histogram === null ? null : new HistogramWindow(this.#histogram, options.windowNs, intervalNs);
    void this.#run().catch(() => {}); // rejects when it is closed
  }

  read(): ScrapeReading {
    return { latency: this.#latency, fault: this.#fault };
  }

  value(metric: string): Measured {
    return metric === this.#gauge ? this.#value : { value: null, reason: 'not asked for' };
  }

  /** Of the last good scrape; null: it tells nothing of a collector. */
  gc(): GcTotals | null {
    return this.#gc;
  }

  /** What came with the scrapes since the last call. */
  takeGrown(): Growth[] {
    return this.#grown.splice(0);
  }

  /** What rules asked for, of the last scrape; null: it failed; undefined: there was none yet. */
  samples(): ScrapedSamples | null | undefined {
    return this.#samples;
  }

  close(): void {
    this.#closing.abort();
    this.#request.abort();
  }

  async #run(): Promise<never> {
    const { signal } = this.#closing;
    const intervalMs = this.#pool.scrape.intervalSeconds * 1000;
    await sleep(Math.random() * Math.min(START_MS, intervalMs), undefined, { signal });
    for (;;) {
      const startMs = performance.now();
      await this.#scrape();
      await sleep(intervalMs - ((performance.now() - startMs) % intervalMs), undefined, { signal });
    }
  }

  async #scrape(): Promise<void> {
    const { timeoutMs = TIMEOUT_MS, resolve, rawNames = NONE } = this.#options;
    this.#request = new AbortController();
    const { signal } = this.#request;
    const late = new ScrapeFault(`no whole answer in ${timeoutMs / 1000} s`);
    const timer = setTimeout(() => this.#request.abort(late), timeoutMs);
    try {
      const wanted = new Set([this.#histogram, this.#gauge, ...GC_SAMPLES].filter((name) => name !== null));
      const raw = new RawSamples(rawNames());
      const families = await fetchFamilies(this.#url, wanted, signal, resolve, raw);
      if (!this.#closing.signal.aborted) this.#take(families, raw);
    } catch (error) {
      this.#fail(describe(error));
    } finally {
      clearTimeout(timer);
    }
  }

  #take(families: ReadonlyMap<string, Family>, raw: RawSamples): void {
    this.#goodMs = performance.now();
    const faults = raw.overfull ? [`more than ${RAW_MAX} samples, or 2 MiB, that rules ask for: they get none`] : [];
    this.#samples = { atMs: this.#goodMs, samples: raw.overfull ? [] : raw.list };
    const histogram = this.#histogram && families.get(this.#histogram);
    const gauge = this.#gauge && families.get(this.#gauge);
    const nowNs = Number(process.hrtime.bigint());
    this.#gc = this.#collector.add((sample) => families.get(sample)?.value ?? null, nowNs);
    if (histogram) this.#latency = attempt(() => this.#latencyOf(histogram, nowNs), faults);
    if (gauge) {
      const value = attempt(() => gaugeOf(gauge), faults);
      this.#value = value === null ? { value, reason: faults.at(-1)! } : { value, reason: '' };
    }
    this.#say([...new Set(faults)].join('; ') || null);
  }

  #latencyOf(family: Family, nowNs: number): MetricLatency | null {
    const grown = this.#window!.add(histogramOf(family), nowNs);
    if (family.absent) throw new ScrapeFault(`no metric ${family.name}`);
    if (this.#window!.unsteady)
      throw new ScrapeFault(
        `${family.name} goes back again and again: its process restarts, or several processes answer in turn`,
      );
    if (grown !== null) this.#grown = [...this.#grown, grown].slice(-GROWN_MAX);
    return this.#window!.latency();
  }

  #fail(fault: string): void {
    if (this.#closing.signal.aborted) return;
    this.#latency = null;
    this.#samples = null;
    const keepMs = KEEP_INTERVALS * this.#pool.scrape.intervalSeconds * 1000;
    const late = performance.now() - this.#goodMs > keepMs;
    if (this.#value.value === null || late) this.#value = { value: null, reason: fault };
    if (late) this.#gc = null;
    this.#say(fault);
  }

  /** Keeps the fault; logs it where it is another one than before. Credentials and the query stay out of the log. */
  #say(fault: string | null): void {
    const [before, { log }] = [this.#fault, this.#options];
    this.#fault = fault;
    const what = `pool ${this.#pool.name}: scrape of ${this.#url.origin}${this.#url.pathname}`;
    if (fault !== null && fault !== before) log.warn(`${what}: ${fault}`);
    else if (fault === null && before !== null) log.info(`${what} works again`);
  }
}

function attempt<T>(ask: () => T, faults: string[]): T | null {
  try {
    return ask();
  } catch (error) {
    faults.push(describe(error));
    return null;
  }
}
