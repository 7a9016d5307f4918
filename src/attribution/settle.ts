import type { Episode } from '../drift/types.ts';
import { CAUSES, type Cause } from './causes.ts';
import { type Explanation, explain } from './explain.ts';
import type { JudgedPool } from './judged.ts';

/** What an episode is said to come from. */
export type Settled = {
  cause: Cause;
  /** The command of a noisy neighbour that has a name. */
  thief: string | null;
  /** CLOCK_MONOTONIC. */
  atNs: number;
};

/** An episode with nothing that could tell its cause is `unexplained` so many windows after it was found. */
const PATIENCE = 3;
/** A cause with less than this multiple of the next one's share leads by chance: it is given one more window. */
const CLEAR = 1.5;
/** What a collector may be behind, of which the program itself tells at its next scrape. */
const COLLECTED: ReadonlySet<Cause> = new Set([
  'on-cpu',
  'lock-contention',
  'load',
  'undersized-pool',
  'oversized-pool',
]);

/**
 * The cause of an episode: settled one full window after its onset, when the window lies wholly inside, or, where two
 * are close, one after it was found; and kept from then on. Null: too early. `reading` is one in the episode.
 */
export function settle(
  known: Settled | null,
  { sinceNs, foundNs }: Pick<Episode, 'sinceNs' | 'foundNs'>,
  reading: JudgedPool,
  nowNs: number,
  windowNs: number,
): Settled | null {
  if (known !== null) return known;
  if (nowNs < sinceNs + Math.max(windowNs, reading.request?.durationNs ?? 0)) return null;
  const late = nowNs >= foundNs + PATIENCE * windowNs;
  const [first, second] = explain(reading).findings;
  if (first === undefined) return late ? { cause: 'unexplained', thief: null, atNs: nowNs } : null;
  const clear = second === undefined || first.ns >= CLEAR * second.ns;
  if (!clear && nowNs < foundNs + windowNs) return null;
  if (!late && COLLECTED.has(first.cause) && awaitsScrape(reading, sinceNs + windowNs)) return null;
  return { cause: first.cause, thief: first.thief?.comm ?? null, atNs: nowNs };
}

function awaitsScrape({ signals }: JudgedPool, untilNs: number): boolean {
  const gc = signals?.newest.gc ?? null;
  return gc !== null && gc.atNs < untilNs;
}

/** What leads now, where it is another cause than the episode was settled on; null: nothing has changed. */
export function leadsNow({ episode }: JudgedPool, { findings: [first], change }: Explanation): Cause | null {
  const settled = episode?.cause ?? null;
  if (settled === null || change === null || first === undefined) return null;
  return first.cause === settled ? null : first.cause;
}

/** A plain JSON value; `nowNs`: its age is counted from there. */
export function saveSettled(settled: Settled | null, nowNs: number): unknown {
  if (settled === null) return null;
  const { cause, thief, atNs } = settled;
  return { cause, thief, ageSeconds: (nowNs - atNs) / 1e9 };
}

/** `savedAtNs`: when it was saved, in terms of the present clock. Null: nothing usable. */
export function restoreSettled(value: unknown, savedAtNs: number): Settled | null {
  const { cause, thief = null, ageSeconds } = (value ?? {}) as Record<string, unknown>;
  if (!CAUSES.includes(cause as Cause) || !Number.isFinite(ageSeconds)) return null;
  return {
    cause: cause as Cause,
    thief: typeof thief === 'string' ? thief : null,
    atNs: savedAtNs - Number(ageSeconds) * 1e9,
  };
}
