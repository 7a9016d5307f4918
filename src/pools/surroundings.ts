import type { CgroupTree } from './cgroup.ts';
import { CgroupFiles } from './cgroup_files.ts';
import { type HostCpu, hostCpu } from './host_cpu.ts';
import { holdsMemory, type MemoryUse, memoryUse } from './memory.ts';
import type { Pool } from './pool.ts';
import type { Procfs } from './procfs.ts';
import { holdsCpu, type QuotaUse, quotaUse } from './quota.ts';
import type { Level } from './tightest.ts';

/** What is known of a pool's cgroup and of its host at one moment; null: no such limit, or not to be read. */
export type Surroundings = { quota: QuotaUse | null; memory: MemoryUse | null; host: HostCpu | null };

/** A process can be moved to another cgroup: looked at again after so many rounds. */
const ROUNDS = 6;

/** Of its first process, which stands for the pool. */
type Place = { tgid: number; rounds: number; cpu: readonly Level[]; memory: readonly Level[] };

/** Reads what surrounds the pools, once an interval. Files stay open between rounds. */
export class SurroundingsReader {
  readonly #tree: CgroupTree;
  readonly #procfs: Procfs;
  readonly #files = new CgroupFiles();
  #places = new Map<number, Place>();

  constructor(tree: CgroupTree, procfs: Procfs) {
    this.#tree = tree;
    this.#procfs = procfs;
  }

  /** By pool index. */
  read(pools: readonly Pool[]): Map<number, Surroundings> {
    this.#files.turn();
    const host = hostCpu(this.#files, `${this.#procfs.root}/stat`);
    const places = new Map<number, Place>();
    const result = new Map<number, Surroundings>();
    for (const pool of pools) {
      const place = this.#placeOf(pool);
      if (place !== null) places.set(pool.index, place);
      const quota = place && quotaUse(place.cpu, this.#files);
      const memory = place && memoryUse(place.memory, this.#files);
      result.set(pool.index, { quota, memory, host });
    }
    this.#places = places;
    return result;
  }

  #placeOf({ index, tgids: [tgid] }: Pool): Place | null {
    if (tgid === undefined) return null;
    const known = this.#places.get(index);
    if (known?.tgid === tgid && known.rounds < ROUNDS) return { ...known, rounds: known.rounds + 1 };
    const cgroups = this.#procfs.cgroups(tgid);
    if (cgroups === null) return null;
    const chain = (controller: string) => this.#tree.chain(cgroups, controller);
    return { tgid, rounds: 1, cpu: chain('cpu').filter(holdsCpu), memory: chain('memory').filter(holdsMemory) };
  }

  /** Files held open. */
  get held(): number {
    return this.#files.held;
  }

  close(): void {
    this.#files.close();
  }
}
