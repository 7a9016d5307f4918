import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessEvent } from '../../src/decode/event.ts';
import { cpuCgroup, noQuota } from '../lib/cgroup.ts';
import { openProbe } from '../lib/probe.ts';
import { skip } from '../lib/skip.ts';
import { startProgram, type Workload } from '../lib/workload.ts';
import { native } from './build.ts';
import { KINDS, type Kind } from './producer.ts';

const POOL = 3;
/** A thread's end may be told just after it has been joined. */
const TRIES = 2000;

const monotonicNs = () => Number(process.hrtime.bigint());

type Told = Pick<ProcessEvent, 'kind' | 'tid' | 'comm' | 'pool'>;

/** A probe that watches one program as a worker of a pool, and what it told of that program and its children. */
async function watched(ring: Kind) {
  const probe = await openProbe({ ring });
  const life = await startProgram(native('life'), []);
  probe.policy(POOL, { threads: true, children: true });
  probe.assign(life.pid, POOL, true);
  probe.flush();
  probe.drain(() => {});
  const fromNs = monotonicNs();
  const events: ProcessEvent[] = [];
  /** All that was told until now; waits until there are so many. */
  const told = async (count: number) => {
    for (let i = 0; i === 0 || (i < TRIES && events.length < count); i++) {
      if (i > 0) await sleep(5);
      probe.drain((event) => {
        if (event.tgid === life.pid || event.parentTgid === life.pid) events.push(event);
      });
    }
    for (const { atNs } of events) assert.ok(atNs >= fromNs && atNs <= monotonicNs(), `at ${atNs} ns`);
    return events;
  };
  return { life, told };
}

/** Lets it do one thing; whom it concerned. */
async function act(life: Workload, what: string): Promise<number> {
  life.write(what);
  return Number(await life.line());
}

const brief = (events: readonly ProcessEvent[]) =>
  events.map(({ kind, tid, comm, pool }): Told => ({ kind, tid, comm, pool }));

for (const kind of KINDS) {
  describe(`process events through the ${kind} ring`, function () {
    this.timeout(60_000);

    it('a thread of a member starts and exits', async () => {
      const { life, told } = await watched(kind);
      const tid = await act(life, 'thread');
      const events = await told(2);
      assert.deepEqual(brief(events), [
        { kind: 'thread-start', tid, comm: 'life', pool: POOL },
        { kind: 'thread-exit', tid, comm: 'life', pool: POOL },
      ]);
      assert.ok(events.every(({ tgid }) => tgid === life.pid));
    });

    it('a child is forked and exits', async () => {
      const { life, told } = await watched(kind);
      const child = await act(life, 'fork');
      const events = await told(2);
      assert.deepEqual(brief(events), [
        { kind: 'fork', tid: child, comm: 'life', pool: POOL },
        { kind: 'exit', tid: child, comm: 'life', pool: POOL },
      ]);
      for (const { tgid, parentTgid } of events) assert.deepEqual([tgid, parentTgid], [child, life.pid]);
    });

    it('a child that executes another program: renamed, out of the pool', async () => {
      const { life, told } = await watched(kind);
      const child = await act(life, 'exec');
      assert.deepEqual(brief(await told(4)), [
        { kind: 'fork', tid: child, comm: 'life', pool: POOL },
        { kind: 'rename', tid: child, comm: 'true', pool: POOL },
        { kind: 'exec', tid: child, comm: 'true', pool: null },
        { kind: 'exit', tid: child, comm: 'true', pool: null },
      ]);
    });

    it('a rename, made harmless', async () => {
      const { life, told } = await watched(kind);
      await act(life, 'rename');
      const renamed = { kind: 'rename', tid: life.pid, comm: 'a\\x0a\\x1b[1m\\xffz', pool: POOL } as const;
      assert.deepEqual(brief(await told(1)), [renamed]);
    });

    it('a move to another cgroup, and its id from then on', async function () {
      skip(this, noQuota());
      const { life, told } = await watched(kind);
      const group = cpuCgroup(`events-${kind}`, { quotaUs: -1, periodUs: 100_000 });
      group.add(life.pid);
      assert.deepEqual(brief(await told(1)), [{ kind: 'cgroup', tid: life.pid, comm: 'life', pool: POOL }]);
      await act(life, 'fork');
      const id = statSync(group.folder).ino;
      assert.deepEqual(
        (await told(3)).map(({ cgroupId }) => cgroupId),
        [id, id, id],
      );
    });

    it('the end of a member', async () => {
      const { life, told } = await watched(kind);
      await life.stop();
      assert.deepEqual(brief(await told(1)), [{ kind: 'exit', tid: life.pid, comm: 'life', pool: POOL }]);
    });

    it('many in a row, from whatever CPU: in order, each once', async () => {
      const { life, told } = await watched(kind);
      const expected: string[] = [];
      for (let round = 0; round < 101; round++) {
        const [child, tid] = [await act(life, 'fork'), await act(life, 'thread')];
        expected.push(`fork ${child}`, `exit ${child}`, `thread-start ${tid}`, `thread-exit ${tid}`);
        if (round % 7 === 0) await told(expected.length);
      }
      const events = await told(expected.length);
      assert.deepEqual(
        events.map(({ kind, tid }) => `${kind} ${tid}`),
        expected,
      );
      assert.ok(events.every(({ atNs }, i) => i === 0 || atNs >= events[i - 1]!.atNs));
    });
  });
}
