import type { Explanation } from '../attribution/explain.ts';
import type { JudgedPool } from '../attribution/judged.ts';
import { leadsNow } from '../attribution/settle.ts';
import type { Reading } from '../metrics/reading.ts';
import { duration, percent, period } from './units.ts';

const GIVEN_UP: Record<Reading['shed'][number], string> = {
  thieves: 'Who ran while workers waited is not recorded now: the overhead is over limits.overhead.',
  files: 'What a read waits for is not looked up now, it counts as other: the overhead is over limits.overhead.',
  requests: 'Requests are not measured now: the overhead is over limits.overhead.',
};

/** Less of the tail than this is not worth a sentence. */
const WORTH_SHARE = 0.01;

/** What the figures of a pool's requests do not say, a sentence each. */
export function notes(reading: JudgedPool, explanation: Explanation, shed: Reading['shed']): string[] {
  const { pool, request } = reading;
  const drifts = ofDrift(reading, explanation);
  if (request?.source === 'metric' && request.p99Ns !== null)
    return [...drifts, "The program's own metric: as exact as its buckets are, and not split."];
  const { tail = null, movedShare = null } = request ?? {};
  const said = [...drifts, ...shed.map((work) => GIVEN_UP[work])];
  if (tail !== null && tail.sharedNs > WORTH_SHARE * tail.meanNs)
    said.push(
      `Up to ${duration(tail.sharedNs / 1e9)} of on-CPU may be other requests', served by the same thread meanwhile.`,
    );
  if (movedShare !== null && movedShare > 0)
    said.push(`${percent(movedShare)} of requests were read by one thread and answered by another.`);
  if (tail !== null && pool.kind === 'go') said.push('The parts are those of threads (Ms), not of goroutines.');
  return said;
}

/** How far the comparison with the baseline may be trusted. */
function ofDrift(reading: JudgedPool, explanation: Explanation): string[] {
  const { drift, episode } = reading;
  const said: string[] = [];
  const now = leadsNow(reading, explanation);
  if (now !== null) said.push(`Settled on ${episode!.cause} at ${clock(episode!.settledMs!)}; now ${now} leads.`);
  if (episode !== null && episode.cause === null)
    said.push('Its cause is settled when the whole window lies after the onset.');
  if (drift?.baseline?.young)
    said.push(
      `The baseline covers only ${period(drift.baseline.seconds)} so far: small drifts wait until it is complete.`,
    );
  if (episode !== null && explanation.usual !== null && explanation.change === null)
    said.push('No part of the slowest 1 % has grown: the causes are shares of it as it is.');
  return said;
}

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}
