import { CpuCell, CpuRun } from './layout.gen.ts';
import { UNKNOWN_KEY } from './thief_tables.ts';
import { liveU64At } from './words.ts';

const WALK_ENTRIES = 256;

/** Who came on each CPU, and when: the kernel side's rings of runs, for waits that are not over yet. */
export class CpuRuns {
  readonly #words: Int32Array;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** Adds the time from `sinceNs` to `nowNs` on one CPU to `sums` by raw key, as far back as its ring reaches. */
  addTo(sums: Map<number, number>, cpu: number, sinceNs: number, nowNs: number): void {
    const cell = (cpu * CpuCell.size) >> 2;
    const head = Atomics.load(this.#words, cell + (CpuCell.head >> 2)) >>> 0;
    const armed = Atomics.load(this.#words, cell + (CpuCell.armed >> 2)) !== 0;
    let endNs = nowNs;
    for (let i = 1; armed && i <= Math.min(head, WALK_ENTRIES) && endNs > sinceNs; i++) {
      const run = cell + ((CpuCell.run + ((head - i) % CpuCell.run_count) * CpuRun.size) >> 2);
      const startNs = Math.max(sinceNs, liveU64At(this.#words, run + (CpuRun.start_ns >> 2)));
      if (startNs >= endNs) continue;
      add(sums, this.#words[run + (CpuRun.key >> 2)]! >>> 0, endNs - startNs);
      endNs = startNs;
    }
    if (endNs > sinceNs) add(sums, UNKNOWN_KEY, endNs - sinceNs);
  }
}

function add(sums: Map<number, number>, key: number, ns: number): void {
  sums.set(key, (sums.get(key) ?? 0) + ns);
}
