/**
 * What a program's own metrics say of its garbage collector; null: it does not tell. Counters are what has come since
 * the first scrape, restarts of the program included. `atNs` is the scrape's CLOCK_MONOTONIC.
 */
export type GcTotals = { atNs: number } & Record<GcFigure, number | null>;

/**
 * `gcPauseSeconds`: the world stopped. `gcAssistSeconds`: requests collected instead of going on. `gcCpuSeconds`: all
 * CPU time of the collector, assists included. `heapBytes` is a gauge.
 */
export const GC_FIGURES = ['gcPauseSeconds', 'gcAssistSeconds', 'gcCpuSeconds', 'gcCycles', 'heapBytes'] as const;
export type GcFigure = (typeof GC_FIGURES)[number];

/** A sample's whole name, with the one label that it must have, and the unit in seconds where it is not 1. */
type Source = { name: string; unit?: number };

/**
 * Who calls it what, the best first; the first that is sent counts, summed over its label sets. client_golang's
 * go_gc_pauses_seconds_sum comes after its summary: it is an estimate from buckets. An assist's time is known of Go
 * alone, since 1.20.
 */
const SOURCES: Readonly<Record<GcFigure, readonly Source[]>> = {
  gcPauseSeconds: [
    { name: 'go_gc_duration_seconds_sum' },
    { name: 'go_sched_pauses_total_gc_seconds_sum' },
    { name: 'go_gc_pauses_seconds_sum' },
    { name: 'golang_gc_pauses_seconds_sum' },
    { name: 'go_memstats_gc_pause_seconds_total' },
    { name: 'nodejs_gc_duration_seconds_sum' },
    { name: 'nodejs_gc_pause_seconds_total' },
    { name: 'v8js_gc_duration_seconds_sum' },
    { name: 'jvm_gc_pause_seconds_sum' },
    { name: 'jvm_gc_collection_seconds_sum' },
    { name: 'jvm_gc_duration_seconds_sum' },
    { name: 'dotnet_gc_pause_time_seconds_total' },
    { name: 'process_runtime_dotnet_gc_duration_nanoseconds_total', unit: 1e-9 },
  ],
  gcAssistSeconds: [{ name: 'go_cpu_classes_gc_mark_assist_cpu_seconds_total' }],
  gcCpuSeconds: [{ name: 'go_cpu_classes_gc_total_cpu_seconds_total' }],
  gcCycles: [
    { name: 'go_gc_duration_seconds_count' },
    { name: 'go_gc_cycles_total_gc_cycles_total' },
    { name: 'nodejs_gc_duration_seconds_count' },
    { name: 'nodejs_gc_runs_total' },
    { name: 'v8js_gc_duration_seconds_count' },
    { name: 'jvm_gc_pause_seconds_count' },
    { name: 'jvm_gc_collection_seconds_count' },
    { name: 'jvm_gc_duration_seconds_count' },
    { name: 'dotnet_gc_collections_total' },
    { name: 'process_runtime_dotnet_gc_collections_count_total' },
    { name: 'python_gc_collections_total' },
  ],
  heapBytes: [
    { name: 'go_memstats_heap_alloc_bytes' },
    { name: 'go_memory_classes_heap_objects_bytes' },
    { name: 'nodejs_heap_size_used_bytes' },
    { name: 'jvm_memory_used_bytes{area="heap"}' },
    { name: 'jvm_memory_used_bytes{jvm_memory_type="heap"}' },
    { name: 'jvm_memory_bytes_used{area="heap"}' },
    { name: 'dotnet_gc_last_collection_heap_size_bytes' },
  ],
};

/** Every sample that may tell of a collector. */
export const GC_SAMPLES: readonly string[] = GC_FIGURES.flatMap((figure) => SOURCES[figure].map(({ name }) => name));

/** More than one reset in so many scrapes: several processes answer in turn, and nothing can be told. */
const RESETS_OF = 5;

type Ask = (sample: string) => number | null;

/** Keeps a collector's counters growing over restarts. Time is an argument. */
export class GcBook {
  /** Counters as last sent; null before the first scrape. */
  #last: Map<string, number> | null = null;
  readonly #grown = new Map<GcFigure, number>();
  #resets: boolean[] = [];

  /**
   * `ask`: a sample's sum over its label sets; null where it was not sent. Null: the program tells nothing of a
   * collector, or its counters go back again and again.
   */
  add(ask: Ask, atNs: number): GcTotals | null {
    const totals: GcTotals = { atNs, ...NOTHING };
    const now = new Map<string, number>();
    for (const figure of GC_FIGURES) {
      const found = firstOf(figure, ask);
      if (found === null) continue;
      if (figure !== 'heapBytes') now.set(found.name, found.value);
      totals[figure] = figure === 'heapBytes' ? found.value : this.#grow(figure, found);
    }
    const reset = [...now].some(([name, value]) => value < (this.#last?.get(name) ?? 0));
    this.#resets = [...this.#resets, reset].slice(-RESETS_OF);
    this.#last = new Map([...(this.#last ?? []), ...now]);
    const unsteady = this.#resets.filter(Boolean).length > 1;
    return unsteady || GC_FIGURES.every((figure) => totals[figure] === null) ? null : totals;
  }

  /**
   * A counter that went back has counted from zero; so has one that is sent for the first time, but in the first scrape
   * and in place of another.
   */
  #grow(figure: GcFigure, { name, value }: Found): number {
    const fresh = this.#last !== null && !this.#grown.has(figure);
    const last = this.#last?.get(name) ?? (fresh ? 0 : value);
    const grown = (this.#grown.get(figure) ?? 0) + (value < last ? value : value - last);
    this.#grown.set(figure, grown);
    return grown;
  }
}

type Found = { name: string; value: number };

const NOTHING = Object.fromEntries(GC_FIGURES.map((figure) => [figure, null])) as Record<GcFigure, null>;

function firstOf(figure: GcFigure, ask: Ask): Found | null {
  for (const { name, unit = 1 } of SOURCES[figure]) {
    const value = ask(name);
    if (value !== null && value >= 0 && value < Number.POSITIVE_INFINITY) return { name, value: value * unit };
  }
  return null;
}
