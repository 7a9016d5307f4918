import assert from 'node:assert/strict';
import { besideTrace } from '../lib/beside.ts';
import { favourAll } from '../lib/cgroup.ts';
import { within } from '../lib/compare.ts';
import { openProbe, sum, watch } from '../lib/probe.ts';
import { startWorkload } from '../lib/workload.ts';

type Shares = Map<number | string, number>;

/** Sum over thieves of what one says and the other does not, as a share of all. */
function error(told: Shares, truth: Shares): number {
  const names = new Set([...told.keys(), ...truth.keys()]);
  const wrong = [...names].map((name) => Math.abs((told.get(name) ?? 0) - (truth.get(name) ?? 0)));
  return sum(wrong) / sum(truth.values());
}

const show = (shares: Shares) => JSON.stringify(Object.fromEntries(shares));

async function watched(tids: number[]) {
  const probe = await openProbe();
  watch(probe, 0, tids);
  const { told, truth } = await besideTrace(probe, 0, tids, 3);
  within(sum(told.stolenNs.values()), told.timeNs.runqueue, 0.01, 'stolen is the run-queue time');
  return { told: told.stolenNs, truth: truth.stolenNs };
}

function agree({ told, truth }: { told: Shares; truth: Shares }): void {
  assert.ok(error(told, truth) <= 0.02, `error ${error(told, truth)}: told ${show(told)}, true ${show(truth)}`);
}

describe('who ran while a worker waited', function () {
  // Strangers of a shared machine steal too; the bounds are those of a quiet one, so they get three chances.
  this.retries(2);
  this.timeout(60_000);

  beforeEach(() => favourAll());

  it('a hog pinned onto its core', async () => {
    const hog = await startWorkload('busy', 1, 1);
    const worker = await startWorkload('busy', 1, 1);
    const shares = await watched(worker.tids);
    agree(shares);
    const { told, truth } = shares;
    const strangersNs = sum(truth.values()) - (truth.get(hog.pid) ?? 0); // on a quiet machine next to nothing
    assert.ok((told.get(hog.pid) ?? 0) >= 0.95 * (sum(told.values()) - strangersNs), show(told));
  });

  it('two hogs and a sibling', async () => {
    await startWorkload('busy', 1, 1);
    await startWorkload('busy', 1, 1);
    const workers = await startWorkload('busy', 2, 1);
    const shares = await watched(workers.tids);
    agree(shares);
    assert.ok((shares.told.get('self') ?? 0) > 0.15 * sum(shares.told.values()), show(shares.told));
  });

  it('workers that sleep between, beside two hogs', async () => {
    await startWorkload('busy', 2, 1);
    await startWorkload('burst', 2, 500, 2000, 1);
    const workers = await startWorkload('burst', 3, 300, 3000, 1);
    agree(await watched(workers.tids));
  });

  it('workers and hogs that move between two cores', async () => {
    await startWorkload('migrant', 2, 15_000, 0, 1);
    await startWorkload('busy', 1, 0);
    const workers = await startWorkload('migrant', 2, 7000, 0, 1);
    agree(await watched(workers.tids));
  });

  it('workers that the load balancer moves', async () => {
    await startWorkload('busy', 3);
    await startWorkload('burst', 2, 3000, 5000);
    const workers = await startWorkload('burst', 3, 5000, 2000);
    agree(await watched(workers.tids));
  });
});
