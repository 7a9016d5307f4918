import assert from 'node:assert/strict';
import { startWorkload } from '../lib/workload.ts';
import { Daemon } from './daemon.ts';

describe('processes that come and go faster than they can be looked at', function () {
  this.timeout(60_000);

  it('5,000 of them: nothing breaks, is lost, or stays in the pool', async () => {
    const churn = await startWorkload('churn', 'process', 5000, 0);
    const config = `pools:\n  - { name: churn, match: { pid: ${churn.pid} } }\n  - { name: none, match: { cmdline: /no-such-thing/, user: root } }`;
    const daemon = await Daemon.start({ config });
    churn.write('go');
    let looked = 0;
    const done = churn.line().then(() => true);
    while (!(await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 100))]))) {
      assert.equal((await daemon.status()).pools.length, 2);
      looked++;
    }
    assert.ok(looked > 3, 'it was asked meanwhile');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const status = await daemon.status();
    assert.equal(status.recordsLost, 0);
    assert.deepEqual(status.pools[0]!.tgids, [churn.pid]);
    assert.deepEqual([status.pools[0]!.threads, status.pools[1]!.threads], [1, 0]);
    assert.doesNotMatch(daemon.log, /level=error/);
  });
});
