import type { PoolSample, RequestSample, TcpSample } from '../decode/sample.ts';
import type { Pool } from '../pools/pool.ts';
import { sizeDeviation } from './deviation.ts';
import { type RequestReading, RequestWindow, type ScrapedLatency, scrapedReading } from './request_window.ts';
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
  /** Run-queue time by thief, cumulative. */
  stolenNs: ReadonlyMap<string, number>;
  gauges: Gauges;
  sizeDeviation: number | null;
  /** Null where its requests are not measured. */
  request: RequestReading | null;
  /** Counters at the moment of the read; null where TCP is not measured. */
  tcp: TcpSample | null;
};

/** What is known of a pool beside its scheduling, at the moment of a read. */
export type Beside = {
  request?: RequestSample | null | undefined;
  tcp?: TcpSample | null | undefined;
  /** From the program's own metric; goes before `request`. */
  scraped?: ScrapedLatency | null | undefined;
};

type Entry = { window: PoolWindow; requests: RequestWindow; ledger: ThiefLedger };

const NO_REQUESTS: ReadonlyMap<number, RequestSample> = new Map();

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

  /** Once a second, or each interval. */
  add(samples: ReadonlyMap<number, PoolSample>, requests = NO_REQUESTS): void {
    for (const [index, sample] of samples) {
      const { window, requests: served, ledger } = this.#entry(index);
      ledger.update(sample.stolen, this.#options.thiefName, sample.atNs);
      window.add(sample, ledger.totals());
      if (requests.has(index)) served.add(requests.get(index)!);
    }
  }

  /** Counters of `sample`, read at this moment, beside the window's gauges. */
  read(pool: Pool, sample: PoolSample | null, { request, tcp, scraped }: Beside = {}): PoolReading {
    const { window, requests, ledger } = this.#entry(pool.index);
    if (sample !== null) ledger.update(sample.stolen, this.#options.thiefName, sample.atNs);
    const gauges = window.gauges();
    return {
      pool,
      sample,
      stolenNs: ledger.totals(),
      gauges,
      sizeDeviation: sizeDeviation(gauges, pool.size),
      request: scraped ? scrapedReading(scraped) : request ? requests.read(request) : null,
      tcp: tcp ?? null,
    };
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
      const { windowNs, thieves } = this.#options;
      const [window, requests] = [new PoolWindow(this.#options), new RequestWindow(windowNs)];
      entry = { window, requests, ledger: new ThiefLedger(thieves) };
      this.#entries.set(index, entry);
    }
    return entry;
  }
}
