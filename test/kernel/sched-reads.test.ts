import assert from 'node:assert/strict';
import type { PoolSample } from '../../src/decode/sample.ts';
import { within } from '../lib/compare.ts';
import { openProbe, sampleOf, sum, watch } from '../lib/probe.ts';
import { nowNs } from '../lib/procfs.ts';
import { startWorkload } from '../lib/workload.ts';

/** The reader shares the CPUs with the workers: what it reads of one may be some of its time slice older than of another. */
const PREEMPTED_NS = 1e6;

/** Every counter of a sample by its name. */
function counters(sample: PoolSample): [name: string, value: number][] {
  return [
    ...Object.entries(sample.timeNs),
    ...Object.entries(sample.blockedNs).map(([name, ns]): [string, number] => [`blocked by ${name}`, ns]),
    ...Object.entries(sample.switches),
    ...Object.entries(sample.migrations),
    ['waits', sum(sample.waits)],
  ];
}

function backward(before: PoolSample, after: PoolSample): string[] {
  const was = new Map(counters(before));
  const back = counters(after).filter(([name, value]) => value < was.get(name)!);
  return back.map(([name, value]) => `${name} went from ${was.get(name)} to ${value}`);
}

describe('reads while the workers switch', function () {
  this.timeout(60_000);

  it('never go back, never tear, and fill the time between them', async () => {
    const loads = [await startWorkload('burst', 4, 12, 60), await startWorkload('burst', 3, 700, 900, 0)];
    const tids = loads.flatMap((load) => load.tids);
    const probe = await openProbe();
    watch(probe, 0, tids);
    const first = sampleOf(probe, 0);
    const faults = new Set<string>();
    let reads = 0;
    for (let last = first; nowNs() - first.atNs < 2e9; reads++) {
      const now = sampleOf(probe, 0);
      for (const fault of backward(last, now)) faults.add(fault);
      const grown = sum(Object.values(now.timeNs)) - sum(Object.values(first.timeNs));
      within(grown, tids.length * (now.atNs - first.atNs), 0.001, 'sum of states', tids.length * PREEMPTED_NS);
      last = now;
    }
    assert.ok(reads > 200, `only ${reads} reads`);
    assert.deepEqual([...faults].slice(0, 10), []);
  });
});
