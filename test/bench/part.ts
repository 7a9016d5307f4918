/** A figure held against its promise. `goal` is what we would like, `limit` what we keep. */
export type Target = { name: string; value: number; limit: number; goal?: number; unit: string };

export type Table = { title: string; head: readonly string[]; rows: readonly (readonly string[])[] };

export type Section = {
  name: string;
  tables: readonly Table[];
  targets: readonly Target[];
  /** What a reader must know to read the figures; or why there are none. */
  notes: readonly string[];
};

export type BenchOptions = {
  /** Interleaved pairs of each measurement. */
  pairs: number;
  /** Operations of one run of `perf bench sched pipe`. */
  operations: number;
  /** Says on stderr what is being done. */
  progress: (what: string) => void;
};

export type Part = { name: string; run: (options: BenchOptions) => Promise<Section> };

export function met(target: Target): boolean {
  return target.value <= target.limit;
}
