import type { PoolSample } from '../../decode/sample.ts';
import type { Reading } from '../../metrics/reading.ts';
import { type WaitLevels, waitLevels } from '../../windows/wait_levels.ts';

/** The waits of each pool's workers for a CPU over the history's last step. */
export class WaitSteps {
  #before = new Map<string, Pick<PoolSample, 'atNs' | 'waits'>>();
  /** By pool; a pool that is new, or has no process, is not in it. */
  newest: ReadonlyMap<string, WaitLevels> = new Map();

  step({ pools }: Reading): void {
    const [newest, samples] = [new Map<string, WaitLevels>(), new Map<string, PoolSample>()];
    for (const { pool, sample } of pools) {
      if (sample === null) continue;
      samples.set(pool.name, sample);
      const before = this.#before.get(pool.name);
      const levels = before ? waitLevels(before.waits, sample.waits, (sample.atNs - before.atNs) / 1e9) : null;
      if (levels !== null) newest.set(pool.name, levels);
    }
    this.#before = samples;
    this.newest = newest;
  }
}
