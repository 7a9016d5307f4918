import type { Reading } from '../metrics/reading.ts';
import type { PoolReading } from '../windows/windows.ts';
import { duration, percent } from './units.ts';

const GIVEN_UP: Record<Reading['shed'][number], string> = {
  thieves: 'Who ran while workers waited is not recorded now: the overhead is over limits.overhead.',
  files: 'What a read waits for is not looked up now, it counts as other: the overhead is over limits.overhead.',
  requests: 'Requests are not measured now: the overhead is over limits.overhead.',
};

/** Less of the tail than this is not worth a sentence. */
const WORTH_SHARE = 0.01;

/** What the figures of a pool's requests do not say, a sentence each. */
export function notes({ pool, request }: PoolReading, shed: Reading['shed']): string[] {
  if (request?.source === 'metric' && request.p99Ns !== null)
    return ["The program's own metric: as exact as its buckets are, and not split."];
  const { tail = null, movedShare = null } = request ?? {};
  const said = shed.map((work) => GIVEN_UP[work]);
  if (tail !== null && tail.sharedNs > WORTH_SHARE * tail.meanNs)
    said.push(
      `Up to ${duration(tail.sharedNs / 1e9)} of on-CPU may be other requests', served by the same thread meanwhile.`,
    );
  if (movedShare !== null && movedShare > 0)
    said.push(`${percent(movedShare)} of requests were read by one thread and answered by another.`);
  if (tail !== null && pool.kind === 'go') said.push('The parts are those of threads (Ms), not of goroutines.');
  return said;
}
