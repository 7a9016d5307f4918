import type { CpuLimits } from './cpulimit.ts';
import { type Measured, readFacts } from './facts.ts';
import type { Listening } from './listening.ts';
import type { Pool } from './pool.ts';
import type { Procfs } from './procfs.ts';
import type { Log } from './roster.ts';
import type { Entry } from './table.ts';
import type { ProcessView } from './view.ts';

/** Asks for a gauge of a pool's scrape. */
export type Measure = (pool: string, metric: string) => Measured;

/** Facts of a pool that has changed are read again after so long, others after the interval. */
const SOON_MS = 1000;
/** Pools of more processes than SMALL_POOL: only when something has changed, or after LATE_MS. */
const LATE_MS = 30_000;
const SMALL_POOL = 16;

/** Keeps what is known of each pool up to date, and says once what was found and what was not. */
export class Upkeep {
  readonly #procfs: Procfs;
  readonly #limits: CpuLimits;
  readonly #measure: Measure;
  readonly #log: Log;

  constructor(procfs: Procfs, limits: CpuLimits, measure: Measure, log: Log) {
    this.#procfs = procfs;
    this.#limits = limits;
    this.#measure = measure;
    this.#log = log;
  }

  refresh(entry: Entry, listening: Listening, intervalMs: number, nowMs: number): void {
    const age = nowMs - (entry.factsAtMs ?? Number.NEGATIVE_INFINITY);
    const late = entry.tgids.size <= SMALL_POOL ? intervalMs : LATE_MS;
    if (age >= late || (entry.stale && age >= SOON_MS)) this.#readFacts(entry, nowMs);
    this.#announce(entry, listening);
  }

  #readFacts(entry: Entry, nowMs: number): void {
    const filter = entry.config?.workers ?? null;
    const workers = ({ tasks }: ProcessView) => tasks.filter(({ comm }) => !filter || filter.test(comm)).length;
    const size = entry.config?.size ?? { from: 'auto' };
    const asked = { workers, measure: (metric: string) => this.#measure(entry.name, metric) };
    entry.facts = readFacts(ascending(entry.tgids), size, entry.facts, this.#procfs, this.#limits, asked);
    entry.stale = false;
    entry.factsAtMs = nowMs;
  }

  #announce(entry: Entry, listening: Listening): void {
    const { name, facts, config, tgids } = entry;
    if (entry.announced) return;
    if (tgids.size > 0) {
      entry.announced = true;
      const ports = listening.portsOf(tgids).slice(0, 3);
      this.#log.info(`found ${name} (${[facts.kind, ...ports.map((port) => `:${port}`)].join(', ')})`);
    } else if (config && !entry.warned) {
      entry.warned = true;
      this.#log.warn(`pool ${name}: no process matches ${describe(config.match)}; looking for one`);
    }
  }
}

/** The pool as the rest of the daemon sees it. */
export function toPool(entry: Entry, listening: Listening): Pool {
  const { kind, sized, cpuLimit, exe, startsNs, where } = entry.facts;
  return {
    index: entry.index,
    name: entry.name,
    configured: entry.config !== null,
    kind,
    size: sized.size,
    sizeSource: sized.source,
    sizeReason: sized.reason,
    cpuLimit,
    tgids: ascending(entry.tgids),
    exe,
    startedNs: oldest(startsNs, entry.tgids),
    ports: listening.portsOf(entry.tgids),
    ...where,
  };
}

/** Of those that live: one that has gone since the facts were read does not count. */
function oldest(startsNs: ReadonlyMap<number, number>, tgids: ReadonlySet<number>): number | null {
  let first = Number.POSITIVE_INFINITY;
  for (const [tgid, ns] of startsNs) if (ns < first && tgids.has(tgid)) first = ns;
  return first === Number.POSITIVE_INFINITY ? null : first;
}

function ascending(numbers: Iterable<number>): number[] {
  return [...numbers].sort((a, b) => a - b);
}

function describe(match: Record<string, unknown>): string {
  const value = (given: unknown) => (given as { source?: string }).source ?? String(given);
  return Object.entries(match)
    .map(([key, given]) => `${key}: ${value(given)}`)
    .join(', ');
}
