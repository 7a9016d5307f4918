import assert from 'node:assert/strict';
import { within } from '../lib/compare.ts';
import { startWorkload } from '../lib/workload.ts';
import { Daemon } from './daemon.ts';

const STATES = ['oncpu', 'runqueue', 'blocked'] as const;

describe('two daemons on one host', function () {
  this.timeout(60_000);

  it('agree, and one goes on when the other ends', async () => {
    const { pid } = await startWorkload('burst', 2, 3000, 3000);
    const config = `pools: [{ name: p, match: { pid: ${pid} } }]`;
    const [a, b] = [await Daemon.start({ config }), await Daemon.start({ config })];
    const both = async () =>
      (await Promise.all([a, b].map((each) => each.pool('p')))).map((pool) => pool!.timeSeconds!);
    const before = await both();
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const after = await both();
    // Each of its own span: one may be asked some moments later than the other.
    const shares = [0, 1].map((i) => {
      const grown = STATES.map((state) => after[i]![state] - before[i]![state]);
      return grown.map((seconds) => seconds / grown.reduce((a, b) => a + b));
    });
    for (const [i, state] of STATES.entries()) within(shares[0]![i]!, shares[1]![i]!, 0.02, `${state} of both`, 0.01);
    assert.ok(after[0]!.oncpu - before[0]!.oncpu > 0.3, 'there was something to agree on');
    assert.equal(await a.stop(), 0);
    const now = (await b.pool('p'))!.timeSeconds!.oncpu;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.ok((await b.pool('p'))!.timeSeconds!.oncpu - now > 0.05, 'the other one goes on');
  });
});
