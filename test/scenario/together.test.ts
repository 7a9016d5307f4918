import assert from 'node:assert/strict';
import { within } from '../lib/compare.ts';
import { startWorkload } from '../lib/workload.ts';
import { Daemon } from './daemon.ts';

const STATES = ['oncpu', 'runqueue', 'blocked'] as const;

describe('two daemons on one host', function () {
  this.timeout(40_000);

  it('agree, and one goes on when the other ends', async () => {
    const { pid } = await startWorkload('burst', 2, 3000, 3000);
    const config = `pools: [{ name: p, match: { pid: ${pid} } }]`;
    const [a, b] = [await Daemon.start({ config }), await Daemon.start({ config })];
    const both = async () =>
      (await Promise.all([a, b].map((each) => each.pool('p')))).map((pool) => pool!.timeSeconds!);
    const before = await both();
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const after = await both();
    for (const state of STATES) {
      const [first, second] = [0, 1].map((i) => after[i]![state] - before[i]![state]);
      within(first!, second!, 0.02, `${state} of both`, 0.05);
    }
    assert.ok(after[0]!.oncpu - before[0]!.oncpu > 1, 'there was something to agree on');
    assert.equal(await a.stop(), 0);
    const now = (await b.pool('p'))!.timeSeconds!.oncpu;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.ok((await b.pool('p'))!.timeSeconds!.oncpu - now > 0.2, 'the other one goes on');
  });
});
