import { PoolDrift } from '../../src/drift/pool_drift.ts';
import type { DriftOptions } from '../../src/drift/types.ts';

/** The daemon's defaults. */
export const OPTIONS: DriftOptions = {
  windowSeconds: 10,
  baselineSeconds: 3600,
  ratioMin: 1.2,
  falseAlarmsPerPoolYear: 1,
};

/** What the daemon has for each pool. */
export function detector(options = OPTIONS): PoolDrift {
  return new PoolDrift(options);
}
