import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SchedSource } from '../../src/probes/types.ts';
import { type Growth, growth, sampleOf } from './probe.ts';
import { type Books, rebuild } from './rebuild.ts';
import { startTrace, type Trace } from './trace.ts';

/**
 * What the probe and the full trace each say of the same period and the same workers of one pool.
 * `workers` may look them up in the trace; `period` is what is waited for, or its seconds.
 */
export async function besideTrace(
  probe: SchedSource,
  pool: number,
  workers: readonly number[] | ((trace: Trace) => number[]),
  period: number | (() => Promise<unknown>),
): Promise<{ told: Growth; truth: Books }> {
  const trace = await startTrace();
  await sleep(200);
  const before = sampleOf(probe, pool);
  await (typeof period === 'number' ? sleep(period * 1000) : period());
  const told = growth(before, sampleOf(probe, pool));
  await sleep(200);
  const events = await trace.stop();
  assert.equal(events.lost, 0, 'the trace is complete');
  const truth = rebuild(events, typeof workers === 'function' ? workers(events) : workers, told.fromNs, told.toNs);
  assert.equal(truth.unseen, 0, 'the trace knows every worker');
  return { told, truth };
}
