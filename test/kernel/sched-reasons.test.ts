import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reason } from '../../src/decode/sample.ts';
import { scratch } from '../lib/build.ts';
import { defer } from '../lib/cleanup.ts';
import { growth, openProbe, sampleOf, watch } from '../lib/probe.ts';
import { startWorkload } from '../lib/workload.ts';

const FILE = 'a scratch file';

/** The program, and the reason for which its worker blocks. */
const CASES: [what: string, reason: Reason, program: string, ...args: (string | number)[]][] = [
  ['a lock convoy', 'lock', 'convoy', 8, 500],
  ['a sleeper', 'sleep', 'burst', 2, 50, 5000],
  ['an fsync writer', 'io', 'fsyncer', FILE],
  ['recv on a socket', 'network', 'receiver', 'recv'],
  ['read on a socket', 'network', 'receiver', 'read'],
  ['accept', 'network', 'receiver', 'accept'],
  ['an epoll loop', 'epoll', 'receiver', 'epoll'],
  ['a poll loop', 'epoll', 'receiver', 'poll'],
  ['page faults served after a delay', 'fault', 'faulter', 'userfaultfd', 500],
  ['page faults that read a file', 'fault', 'faulter', FILE],
];

/** What blocks for so long is judged; after LOOKS, on a busy machine or a fast disk, for as little as a tenth. */
const ENOUGH_NS = 300e6;
const LOOKS = 20;

async function enough(look: () => ReturnType<typeof growth>): Promise<ReturnType<typeof growth>> {
  for (let i = 1; ; i++) {
    await sleep(500);
    const seen = look();
    if (seen.timeNs.blocked > ENOUGH_NS || i === LOOKS) return seen;
  }
}

describe('why a worker is blocked', function () {
  this.timeout(60_000);

  for (const [what, reason, program, ...args] of CASES) {
    it(`${what}: ${reason}`, async () => {
      const file = scratch('reasons');
      defer(() => rmSync(file, { force: true }));
      const load = await startWorkload(program, ...args.map((arg) => (arg === FILE ? file : arg)));
      const probe = await openProbe();
      watch(probe, 0, load.tids);
      await sleep(100);
      const before = sampleOf(probe, 0);
      const { blockedNs, timeNs } = await enough(() => growth(before, sampleOf(probe, 0)));
      assert.ok(timeNs.blocked > ENOUGH_NS / 10, `blocked ${timeNs.blocked} ns: too little to judge`);
      assert.ok(blockedNs[reason] >= 0.95 * timeNs.blocked, JSON.stringify(blockedNs));
    });
  }

  it('a stopped process: other, though it was stopped on its way out of an interrupt', async () => {
    const load = await startWorkload('busy', 1);
    const probe = await openProbe();
    watch(probe, 0, load.tids);
    const before = sampleOf(probe, 0);
    process.kill(load.pid, 'SIGSTOP');
    await sleep(500);
    const { blockedNs, timeNs } = growth(before, sampleOf(probe, 0));
    process.kill(load.pid, 'SIGCONT');
    assert.ok(timeNs.blocked > 400e6, `blocked ${timeNs.blocked} ns`);
    assert.ok(blockedNs.other >= 0.95 * timeNs.blocked, JSON.stringify(blockedNs));
  });
});
