import type { CgroupTree } from './cgroup.ts';

/** One cgroup of a process's chain of them. */
export type Level = ReturnType<CgroupTree['chain']>[number];

/** The level with the least limit, of equal ones the nearest to the process; null where none has one (Infinity). */
export function tightest(chain: readonly Level[], limitOf: (level: Level) => number) {
  let best: { level: Level; limit: number } | null = null;
  for (const level of chain) {
    const limit = limitOf(level);
    if (Number.isFinite(limit) && limit < (best?.limit ?? Number.POSITIVE_INFINITY)) best = { level, limit };
  }
  return best;
}
