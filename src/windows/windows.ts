import type { Exemplar, PoolSample, RequestSample, TcpSample } from '../decode/sample.ts';
import type { Pool } from '../pools/pool.ts';
import type { Surroundings } from '../pools/surroundings.ts';
import type { GcTotals } from '../scrape/gc.ts';
import type { ScrapeReading } from '../scrape/types.ts';
import { sizeDeviation } from './deviation.ts';
import { RecentThieves, type Stolen } from './recent_thieves.ts';
import { type RequestReading, RequestWindow, scrapedReading } from './request_window.ts';
import { type RecentSignals, SignalWindow } from './signal_window.ts';
import { type Signals, signalsOf } from './signals.ts';
import { type Connections, TcpWindow } from './tcp_window.ts';
import { ThiefLedger } from './thieves.ts';
import { type Gauges, PoolWindow, type WindowOptions } from './window.ts';

export type WindowsOptions = WindowOptions & {
  /** `limits.thieves`: thieves with a name of their own, a pool. */
  thieves: number;
  /** tgid -> label. */
  thiefName: (tgid: number) => string;
};

/** Everything that the outputs show of one pool. */
export type PoolReading = {
  pool: Pool;
  /** Null until a process has been a member. */
  sample: PoolSample | null;
  /** Run-queue time by thief, cumulative: those that have a series. */
  stolenNs: ReadonlyMap<string, number>;
  /** The same over the interval and over the drift window: each by its name. */
  stolen: { interval: Stolen; window: Stolen };
  gauges: Gauges;
  sizeDeviation: number | null;
  /** Null where its requests are not measured. */
  request: RequestReading | null;
  /** Its last slow requests, the newest last. */
  exemplars: readonly Exemplar[];
  /** Counters at the moment of the read; null where TCP is not measured. */
  tcp: TcpSample | null;
  /** The same over the drift window; null before it has begun. */
  connections: Connections | null;
  /** Of the newest sample; null before one came with its surroundings. */
  signals: RecentSignals | null;
};

/** What stands around a pool at the moment of a sample. */
export type Around = { pool: Pool; surroundings: Surroundings | null; gc: GcTotals | null };

/** What is known of a pool beside its scheduling, at the moment of a read. */
export type Beside = {
  request?: RequestSample | null | undefined;
  tcp?: TcpSample | null | undefined;
  /** Where `latency: { metric }` is configured; it goes before `request`. */
  scraped?: ScrapeReading | null | undefined;
  /** Of the share of slow requests from window to window, as the pool's baseline knows it: widens the P99's interval. */
  relativeVariance?: number | undefined;
};

type Entry = {
  window: PoolWindow;
  requests: RequestWindow;
  exemplars: Exemplar[];
  tcp: TcpWindow;
  ledger: ThiefLedger;
  thieves: RecentThieves;
  signals: SignalWindow;
};

/** Slow requests kept a pool. */
const EXEMPLARS = 16;
const NO_REQUESTS: ReadonlyMap<number, RequestSample> = new Map();
const NO_TCP: ReadonlyMap<number, TcpSample> = new Map();
const NOTHING_AROUND: ReadonlyMap<number, Around> = new Map();

/** The windows of all pools, by pool index. */
export class Windows {
  readonly #options: WindowsOptions;
  readonly #entries = new Map<number, Entry>();
  #droppedBefore = 0;

  constructor(options: WindowsOptions) {
    this.#options = options;
  }

  /** Ten times a second: workers active at this moment, by pool index. */
  look(active: ArrayLike<number>, atNs: number): void {
    for (const [index, { window }] of this.#entries) window.look(active[index] ?? 0, atNs);
  }

  /** Once a second, or each interval; the maps are by pool index. */
  add(samples: ReadonlyMap<number, PoolSample>, requests = NO_REQUESTS, tcp = NO_TCP, around = NOTHING_AROUND): void {
    for (const [index, sample] of samples) {
      const entry = this.#entry(index);
      this.#noteThieves(entry, sample);
      entry.window.add(sample);
      if (requests.has(index)) entry.requests.add(requests.get(index)!);
      else entry.requests.clear();
      if (tcp.has(index)) entry.tcp.add(tcp.get(index)!, sample.atNs);
      const { activeWorkers } = entry.window;
      const beside = around.get(index);
      if (beside) entry.signals.add(signalsOf({ ...beside, sample, tcp: tcp.get(index) ?? null, activeWorkers }));
    }
  }

  /** One of a pool's slow requests. */
  note(exemplar: Exemplar): void {
    const { exemplars } = this.#entry(exemplar.pool);
    exemplars.push(exemplar);
    if (exemplars.length > EXEMPLARS) exemplars.shift();
  }

  /** Of the window that ends with `sample`: P99 in nanoseconds, null where no request was in it; and the newest signals. */
  recent(index: number, sample: RequestSample): { p99Ns: number | null; trusted: boolean; signals: Signals | null } {
    const { requests, signals } = this.#entry(index);
    const { p99Ns, trusted } = requests.read(sample);
    return { p99Ns, trusted, signals: signals.newest };
  }

  /** Counters of `sample` and of what stands beside it, read at this moment, with the window's figures. */
  read(pool: Pool, sample: PoolSample | null, { request, tcp, scraped, relativeVariance }: Beside = {}): PoolReading {
    const entry = this.#entry(pool.index);
    if (sample !== null) this.#noteThieves(entry, sample);
    const gauges = entry.window.gauges();
    const { intervalNs, windowNs } = this.#options;
    return {
      pool,
      sample,
      stolenNs: entry.ledger.totals(),
      stolen: { interval: entry.thieves.over(intervalNs), window: entry.thieves.over(windowNs) },
      gauges,
      sizeDeviation: sizeDeviation(gauges, pool.size),
      request: scraped ? scrapedReading(scraped) : request ? entry.requests.read(request, relativeVariance) : null,
      exemplars: entry.exemplars,
      tcp: tcp ?? null,
      connections: tcp && sample ? entry.tcp.read(tcp, sample.atNs) : null,
      signals: entry.signals.read(),
    };
  }

  #noteThieves({ ledger, thieves }: Entry, { stolen, atNs }: PoolSample): void {
    thieves.add(ledger.update(stolen, this.#options.thiefName, atNs), atNs);
  }

  /** The pool has gone, or its index serves another one. */
  drop(index: number): void {
    this.#droppedBefore += this.#entries.get(index)?.ledger.dropped ?? 0;
    this.#entries.delete(index);
  }

  /** Thieves that got no series of their own since the start, over all pools. */
  thievesDropped(): number {
    return [...this.#entries.values()].reduce((sum, { ledger }) => sum + ledger.dropped, this.#droppedBefore);
  }

  #entry(index: number): Entry {
    let entry = this.#entries.get(index);
    if (entry === undefined) {
      const { windowNs, intervalNs, thieves } = this.#options;
      entry = {
        window: new PoolWindow(this.#options),
        requests: new RequestWindow(windowNs),
        exemplars: [],
        tcp: new TcpWindow(windowNs),
        ledger: new ThiefLedger(thieves),
        thieves: new RecentThieves(Math.max(windowNs, intervalNs)),
        signals: new SignalWindow(windowNs),
      };
      this.#entries.set(index, entry);
    }
    return entry;
  }
}
