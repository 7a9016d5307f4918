import type { PoolReading } from '../windows/windows.ts';
import { duration, percent } from './units.ts';

/** Less of the tail than this is not worth a sentence. */
const WORTH_SHARE = 0.01;

/** What the figures of a pool's requests do not say, a sentence each. */
export function notes({ pool, request }: PoolReading): string[] {
  if (request?.source === 'metric' && request.p99Ns !== null)
    return ["The program's own metric: as exact as its buckets are, and not split."];
  const { tail = null, movedShare = null } = request ?? {};
  const said: string[] = [];
  if (tail !== null && tail.sharedNs > WORTH_SHARE * tail.meanNs)
    said.push(
      `Up to ${duration(tail.sharedNs / 1e9)} of on-CPU may be other requests', served by the same thread meanwhile.`,
    );
  if (movedShare !== null && movedShare > 0)
    said.push(`${percent(movedShare)} of requests were read by one thread and answered by another.`);
  if (tail !== null && pool.kind === 'go') said.push('The parts are those of threads (Ms), not of goroutines.');
  return said;
}
