import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { Procfs } from '../../../src/pools/procfs.ts';
import { ProcessView } from '../../../src/pools/view.ts';
import { FakeHost } from './fake_proc.ts';

describe('Procfs', () => {
  const host = new FakeHost();

  it('reads a process', () => {
    host.add({
      pid: 42,
      ppid: 7,
      comm: 'a) b (c',
      cmdline: ['app', '--role=worker'],
      exe: '/usr/bin/app (deleted)',
      uid: 33,
      threads: { 43: 'worker-1' },
      environ: { A: '1', B: 'x=y' },
      cpus: '0-1,4',
    });
    const view = new ProcessView(42, host.procfs);
    assert.deepEqual(
      [view.comm, view.title, view.exe, view.exeName],
      ['a) b (c', 'app --role=worker', '/usr/bin/app', 'app'],
    );
    const expected = { ppid: 7, uid: 33, threads: 2, cpusAllowed: '0-1,4', nspid: [42] };
    assert.deepEqual(view.status, expected);
    assert.deepEqual(view.tasks, [
      { tid: 42, comm: 'a) b (c' },
      { tid: 43, comm: 'worker-1' },
    ]);
    assert.deepEqual(
      [...view.environ],
      [
        ['B', 'x=y'],
        ['A', '1'],
      ],
    );
    assert.deepEqual([host.procfs.ppid(42), host.procfs.startTicks(42)], [7, 4200]);
    assert.deepEqual(host.procfs.pids(), [42]);
  });

  it('cuts what a process says of itself', () => {
    host.add({ pid: 42, cmdline: ['x'.repeat(10_000)] });
    assert.equal(host.procfs.cmdline(42)![0]!.length, 4096);
  });

  it('gives null for everything of a process that is not there', () => {
    const { procfs } = host;
    const all = [procfs.comm(9), procfs.cmdline(9), procfs.exe(9), procfs.cgroups(9), procfs.status(9)];
    assert.deepEqual([...all, procfs.environ(9), procfs.ppid(9), procfs.openExe(9)], Array(8).fill(null));
    assert.deepEqual([procfs.tasks(9), procfs.alive(9)], [[], false]);
  });

  it('knows kernel threads and zombies from processes', () => {
    host.add({ pid: 1 });
    host.add({ pid: 2, flags: 0x00208040 });
    host.add({ pid: 3, state: 'Z' });
    host.add({ pid: 4, state: 'Z', threads: { 5: 'lives' } });
    assert.deepEqual(
      [1, 2, 3, 4].map((pid) => host.procfs.alive(pid)),
      [true, false, false, true],
    );
  });

  it('reads the real /proc', () => {
    const view = new ProcessView(process.pid, new Procfs());
    assert.equal(view.exe, realpathSync(process.execPath));
    assert.equal(view.status?.ppid, process.ppid);
    assert.equal(view.status?.uid, process.geteuid!());
    assert.ok(view.tasks.some((task) => task.tid === process.pid));
    assert.ok(view.cgroups.length > 0);
    assert.ok(view.procfs.startTicks(process.pid)! > 0);
    assert.equal(view.environ.get('PATH'), process.env.PATH);
  });

  it('bears processes that vanish while they are read', async function () {
    this.timeout(20_000);
    const procfs = new Procfs();
    for (let round = 0; round < 20; round++) {
      const child = spawn('/bin/true', { stdio: 'ignore' });
      const { pid } = child;
      for (let i = 0; i < 20; i++) {
        const view = new ProcessView(pid!, procfs);
        void [view.comm, view.exe, view.title, view.cgroups, view.status, view.environ, view.tasks, view.goBuild];
      }
      await once(child, 'exit');
      assert.equal(procfs.status(pid!), null);
    }
  });
});
