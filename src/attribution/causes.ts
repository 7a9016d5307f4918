/** Why a tail is long, or has grown; the names are a contract. */
export const CAUSES = [
  'cpu-throttled',
  'noisy-neighbour',
  'oversized-pool',
  'undersized-pool',
  'lock-contention',
  'disk-io',
  'memory-pressure',
  'downstream',
  'network',
  'gc-pause',
  'cpu-steal',
  'on-cpu',
  'load',
  'unexplained',
] as const;
export type Cause = (typeof CAUSES)[number];
