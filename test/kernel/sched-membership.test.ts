import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessEvent } from '../../src/decode/event.ts';
import type { SchedSource } from '../../src/probes/types.ts';
import { cpuCgroup, noQuota } from '../lib/cgroup.ts';
import { openProbe, sampleOf, watch } from '../lib/probe.ts';
import { skip } from '../lib/skip.ts';
import { startWorkload, type Workload } from '../lib/workload.ts';

const TRIES = 500;

/** Tells the family what to do; the id it answers with. */
async function tell(family: Workload, what: string): Promise<number> {
  family.write(what);
  return Number(await family.line());
}

async function familyIn(policy: { threads: boolean; children: boolean } | null) {
  const probe = await openProbe();
  const family = await startWorkload('family');
  if (policy) probe.policy(3, policy);
  watch(probe, 3, family.tids);
  probe.drain(() => {});
  return { probe, family };
}

const workers = (probe: SchedSource) => sampleOf(probe, 3).workers;

/** Waits until it has so many workers: an end is told just before the last switch. */
async function assertWorkers(probe: SchedSource, count: number): Promise<void> {
  for (let tries = 0; tries < TRIES && workers(probe) !== count; tries++) await sleep(10);
  assert.equal(workers(probe), count);
}

/** All that was told of a process until now; waits until there are so many. */
async function eventsOf(probe: SchedSource, tgid: number, count: number): Promise<ProcessEvent[]> {
  const events: ProcessEvent[] = [];
  for (let tries = 0; tries < TRIES && events.length < count; tries++) {
    await sleep(10);
    probe.drain((event) => {
      if (event.tgid === tgid) events.push(event);
    });
  }
  return events;
}

describe('who is in a pool', function () {
  this.timeout(60_000);

  it('with the policy for threads: new ones are workers at once, and no more when they end', async () => {
    const { probe, family } = await familyIn({ threads: true, children: false });
    const tid = await tell(family, 'thread');
    assert.equal(workers(probe), 2);
    await tell(family, 'brief');
    await assertWorkers(probe, 2);
    const seen = (await eventsOf(probe, family.pid, 3)).map(({ kind, pool }) => `${kind} ${pool}`);
    assert.deepEqual(seen, ['thread-start 3', 'thread-start 3', 'thread-exit 3']);
    probe.assign(tid, null, false);
    probe.flush();
    assert.equal(workers(probe), 1);
  });

  it('without: a new thread is a member, not a worker, until it is made one', async () => {
    const { probe, family } = await familyIn({ threads: false, children: false });
    const tid = await tell(family, 'thread');
    assert.equal(workers(probe), 1);
    watch(probe, 3, [tid]);
    assert.equal(workers(probe), 2);
  });

  it('with the policy for children: they join, and what they start', async () => {
    const { probe, family } = await familyIn({ threads: true, children: true });
    const child = await tell(family, 'fork');
    assert.equal(workers(probe), 2);
    assert.equal((await eventsOf(probe, child, 1))[0]!.pool, 3);
    await tell(family, 'reap');
    await assertWorkers(probe, 1);
    assert.deepEqual(
      (await eventsOf(probe, child, 1)).map(({ kind, pool }) => [kind, pool]),
      [['exit', 3]],
    );
  });

  it('without: they do not, and their start is told all the same', async () => {
    const { probe, family } = await familyIn({ threads: true, children: false });
    const child = await tell(family, 'fork');
    assert.equal(workers(probe), 1);
    const [fork] = await eventsOf(probe, child, 1);
    assert.deepEqual([fork!.kind, fork!.parentTgid, fork!.pool], ['fork', family.pid, null]);
  });

  it('a child that becomes another program leaves the pool', async () => {
    const { probe, family } = await familyIn({ threads: true, children: true });
    const child = await tell(family, 'exec');
    const events = await eventsOf(probe, child, 3);
    await assertWorkers(probe, 1);
    const exec = events.find(({ kind }) => kind === 'exec');
    assert.deepEqual([exec?.comm, exec?.pool], ['sleep', null]);
  });

  it('a hostile name is told, and is harmless', async () => {
    const { probe, family } = await familyIn(null);
    await tell(family, 'rename');
    const rename = (await eventsOf(probe, family.pid, 1)).find(({ kind }) => kind === 'rename');
    assert.match(rename!.comm, /^[\x20-\x7e]+$/);
    assert.match(rename!.comm, /^a"\\x0a\\x1b\[31m/);
  });

  it('a move to another cgroup is told with its id', async function () {
    skip(this, noQuota());
    const { probe, family } = await familyIn(null);
    const group = cpuCgroup('move', { quotaUs: 100_000, periodUs: 100_000 });
    group.add(family.pid);
    const moves = (await eventsOf(probe, family.pid, 1)).filter(({ kind }) => kind === 'cgroup');
    assert.ok(moves.length > 0);
    assert.equal(moves.at(-1)!.cgroupId, statSync(group.folder).ino);
  });

  it('an id of no task is no harm', async () => {
    const { probe, family } = await familyIn(null);
    watch(probe, 3, [4_194_303]);
    probe.assign(4_194_302, null, false);
    probe.flush();
    assert.equal(workers(probe), 1);
    assert.equal(family.tids.length, 1);
  });
});
