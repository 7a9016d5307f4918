import { Counts } from './counts.ts';
import { PoolStripe } from './layout.gen.ts';

export const WAIT_BUCKETS = PoolStripe.waits_count;

/** One pool's wait histogram. */
export class WaitCounts extends Counts {
  constructor(bytes: ArrayBuffer, pool: number, stripes: number) {
    const offset = (stripe: number) => (pool * stripes + stripe) * PoolStripe.size + PoolStripe.waits;
    const offsets = Array.from({ length: stripes }, (_, stripe) => offset(stripe));
    super(bytes, offsets, WAIT_BUCKETS);
  }
}
