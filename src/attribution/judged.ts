import type { DriftReading } from '../drift/types.ts';
import type { UsualReading } from '../windows/usual.ts';
import type { PoolReading } from '../windows/windows.ts';
import type { Cause } from './causes.ts';

/** A drift as it is told. Wall clock, milliseconds since the epoch. */
export type PoolEpisode = {
  /** Its onset. */
  sinceMs: number;
  foundMs: number;
  /** Settled one full window after the onset, then kept; null before. */
  cause: Cause | null;
  /** The command of the neighbour that it was settled on. */
  thief: string | null;
  settledMs: number | null;
};

/** A pool's last seconds, with what is normal for it. */
export type JudgedPool = PoolReading & {
  /** Null where nothing looks for drift. */
  drift: DriftReading | null;
  /** What it usually does; null: not known yet. */
  usual: UsualReading | null;
  episode: PoolEpisode | null;
};

/** P99 over the baseline's; null where one of them is not known. */
export function driftRatioOf({ drift, request }: Pick<JudgedPool, 'drift' | 'request'>): number | null {
  const [now, was] = [request?.p99Ns ?? null, drift?.baseline?.p99Ns ?? null];
  return now === null || was === null || was <= 0 ? null : now / was;
}

/** A reading that nobody has judged. */
export function unjudged(reading: PoolReading): JudgedPool {
  return { ...reading, drift: null, usual: null, episode: null };
}
