import type { Component } from '../../../src/decode/sample.ts';
import type { Pool } from '../../../src/pools/pool.ts';
import { noParts } from '../../../src/windows/tail.ts';
import type { Gauges } from '../../../src/windows/window.ts';
import type { PoolReading } from '../../../src/windows/windows.ts';
import { pool, reading } from '../metrics/fixture.ts';

const MS = 1e6;

export type Situation = {
  /** Of the slowest 1 %, milliseconds. */
  parts?: Partial<Record<Component, number>>;
  /** Run-queue time by who ran, seconds. */
  stolen?: Record<string, number>;
  pool?: Partial<Pool>;
  gauges?: Partial<Gauges>;
  /** P99 from the last byte, as a share of P99. */
  last?: number;
};

const BASE = reading([pool()]).pools[0]!;

/** A reading of a pool whose slowest requests were split so. */
export function situation({
  parts = {},
  stolen = {},
  pool: changed = {},
  gauges = {},
  last = 1,
}: Situation): PoolReading {
  const partNs = noParts();
  for (const [component, ms] of Object.entries(parts) as [Component, number][]) partNs[component] = ms * MS;
  const meanNs = Object.values(partNs).reduce((sum, ns) => sum + ns, 0);
  const stolenNs = new Map(Object.entries(stolen).map(([label, seconds]) => [label, seconds * 1e9]));
  return {
    ...BASE,
    pool: pool(changed),
    gauges: { ...BASE.gauges, ...gauges },
    stolen: { ...BASE.stolen, window: { durationNs: 10e9, stolenNs } },
    request: {
      ...BASE.request!,
      p99LastNs: BASE.request!.p99Ns! * last,
      tail: { requests: 12, meanNs, partNs, sharedNs: 0 },
      movedShare: 0,
    },
  };
}
