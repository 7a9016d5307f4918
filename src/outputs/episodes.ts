import { explain } from '../attribution/explain.ts';
import { driftRatioOf, type JudgedPool } from '../attribution/judged.ts';
import type { Baseline, Ending } from '../drift/types.ts';
import { evidence } from './evidence.ts';
import { duration, period, times } from './units.ts';

/** Lines of the log: one where an episode's cause is settled, one at its end. */

export function armed({ p99Ns, seconds }: Baseline): string {
  return `baseline armed: P99 ${duration(p99Ns / 1e9)} over ${period(seconds)}`;
}

export function began(reading: JudgedPool): string {
  const { drift, request, episode } = reading;
  const explanation = explain(reading);
  const finding = explanation.findings.find(({ cause }) => cause === episode?.cause);
  const why = finding === undefined ? '' : `. ${evidence({ finding, explanation, reading })}`;
  const [was, now] = [drift?.baseline?.p99Ns, request?.p99Ns].map(
    (ns) => duration(ns == null ? null : ns / 1e9) ?? '?',
  );
  const ratio = times(driftRatioOf(reading));
  const since = new Date(episode!.sinceMs).toISOString();
  return `P99 drifts since ${since}: ${was} -> ${now}${ratio === null ? '' : `, ${ratio}`}: ${episode!.cause}${why}`;
}

const ENDED: Record<Ending, string> = {
  over: 'P99 is back to its baseline',
  rebaselined: 'the drift has lasted so long that it is normal now: a fresh baseline begins',
  anew: 'the drift is no longer followed: a fresh baseline begins',
  silent: 'the drift is no longer followed: no requests seen',
};

/** `cause` null: it ended before that was settled, and so before it was told. */
export function ended(
  why: Ending,
  { sinceMs, seconds }: { sinceMs: number; seconds: number },
  cause: string | null,
): string {
  const told =
    cause === null ? `P99 drifted since ${new Date(sinceMs).toISOString()}, for a cause not yet settled; ` : '';
  return `${told}${ENDED[why]}, after ${period(seconds)}${cause === null ? '' : ` of ${cause}`}`;
}
