import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { besideTrace } from '../lib/beside.ts';
import { within } from '../lib/compare.ts';
import { openProbe, watch } from '../lib/probe.ts';
import { siblings } from '../lib/procfs.ts';
import { skip } from '../lib/skip.ts';
import { startWorkload } from '../lib/workload.ts';

describe('migrations', function () {
  this.timeout(60_000);

  beforeEach(function () {
    skip(this, availableParallelism() < 2 || siblings(0, 1) ? 'CPUs 0 and 1 are not two cores' : null);
  });

  it('are counted, each once', async () => {
    const loads = [await startWorkload('migrant', 2, 5000, 0, 1), await startWorkload('burst', 3, 500, 700)];
    const tids = loads.flatMap((load) => load.tids);
    const probe = await openProbe();
    watch(probe, 0, tids);
    const { told, truth } = await besideTrace(probe, 0, tids, 3);
    assert.ok(truth.migrations > 20, `${truth.migrations} are too few to judge`);
    within(told.migrations, truth.migrations, 0.001, 'migrations', 1);
  });

  it('are none on one core', async () => {
    const load = await startWorkload('burst', 3, 500, 700, 1);
    const probe = await openProbe();
    watch(probe, 0, load.tids);
    const { told } = await besideTrace(probe, 0, load.tids, 1);
    assert.equal(told.migrations, 0);
  });
});
