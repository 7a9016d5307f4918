import assert from 'node:assert/strict';
import { copyFileSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { exeOf } from '../../../src/pools/exe.ts';
import { identityOf, sameIdentity } from '../../../src/pools/identity.ts';
import type { Pool } from '../../../src/pools/pool.ts';
import { Procfs } from '../../../src/pools/procfs.ts';
import { ProcessView } from '../../../src/pools/view.ts';
import { nowNs } from '../../lib/procfs.ts';
import { pool } from '../metrics/fixture.ts';
import { FakeHost } from './fake_proc.ts';
import { RealHost } from './real_host.ts';
import { Stage } from './recorder.ts';

const EXE = { path: '/usr/bin/app', build: 'a1', script: '' };

function change(now: Partial<Pool>, before: Partial<Pool>): string | null {
  const saved = JSON.parse(JSON.stringify(identityOf(pool({ exe: EXE, ...before }))));
  return sameIdentity(identityOf(pool({ exe: EXE, ...now })), saved);
}

describe('whether a pool is still the same', () => {
  it('names what is another', () => {
    assert.equal(change({}, {}), null);
    const other = { ...EXE, path: '/usr/bin/other' };
    assert.equal(change({ exe: other }, {}), 'another executable (/usr/bin/other, it was /usr/bin/app)');
    assert.equal(change({ exe: { ...EXE, build: 'a2' } }, {}), 'another build of /usr/bin/app');
    assert.equal(change({ size: 4 }, { size: 8 }), 'another size (4, it was 8)');
    assert.equal(change({ ports: [9090] }, { ports: [8080, 8443] }), 'other ports (9090, it was 8080, 8443)');
    const [a, b] = ['a.js', 'b.js'].map((script) => ({ ...EXE, script }));
    assert.equal(change({ exe: b! }, { exe: a! }), 'another program (b.js, it was a.js)');
  });

  it('what is not known tells nothing', () => {
    assert.equal(change({ exe: null }, {}), null);
    assert.equal(change({ size: null }, {}), null);
    assert.equal(change({ ports: [] }, {}), null);
    assert.equal(change({ exe: { ...EXE, script: 'a.js' } }, {}), null, 'a title has covered the arguments');
    assert.equal(change({ ports: [8080, 9999] }, { ports: [8080] }), null, 'one port more');
  });

  it('a size counts where somebody chose it', () => {
    for (const [sizeSource, kind, counts] of [
      ['fixed', 'generic', true],
      ['environment', 'go', true],
      ['runtime', 'go', true],
      ['cgroup', 'generic', true],
      ['metric', 'generic', true],
      ['processes', 'nginx', true],
      ['processes', 'postgres', false],
      ['threads', 'redis', false],
    ] as const) {
      const now = { sizeSource, kind };
      assert.equal(change({ ...now, size: 4 }, { ...now, size: 8 }) !== null, counts, `${sizeSource} ${kind}`);
    }
  });
});

describe('the program of a process', function () {
  this.timeout(20_000);
  const host = new RealHost();
  const exe = (pid: number) => exeOf(new ProcessView(pid, new Procfs()));

  it('a build is known by its id, wherever it lies; also when its file has gone', async () => {
    const copy = join(host.directory, 'sleep');
    copyFileSync('/bin/sleep', copy);
    const [one, two] = [await host.start('/bin/sleep', ['100']), await host.start(copy, ['100'])];
    const [first, before] = [exe(one.pid)!, exe(two.pid)!];
    assert.match(first.build, /^[0-9a-f]{40}$/);
    assert.equal(first.build, before.build);
    assert.notEqual(first.path, before.path);
    rmSync(copy);
    copyFileSync('/bin/cat', copy);
    assert.deepEqual(exe(two.pid), before, 'another file has its place, and it runs on');
    assert.equal(before.path, copy);
  });

  it('what an interpreter runs is its program', async () => {
    const script = host.file('server.mjs', 'setInterval(() => {}, 1000); console.log("up")');
    const { pid } = await host.start(process.execPath, ['--no-warnings', script, 'x'], {}, true);
    assert.deepEqual([exe(pid)!.path, exe(pid)!.script], [process.execPath, script]);
    assert.equal(exe((await host.start('/bin/sleep', ['100'])).pid)!.script, '');
  });

  it('is not known of who has gone', () => {
    assert.equal(exe(2 ** 22 + 1), null);
  });

  it('started when it was started', async () => {
    const before = nowNs();
    const { pid } = await host.start('/bin/sleep', ['100']);
    const started = new Procfs().startedNs(pid)!;
    assert.ok(started > before - 3e7 && started < nowNs() + 3e7, `${(started - before) / 1e6} ms after`);
    const [pool] = host.track(`pools: [ { name: p, match: { pid: ${pid} } } ]`).tracker.pools();
    assert.ok(Math.abs(pool!.startedNs! - started) < 3e7);
    assert.equal(pool!.exe!.path, new Procfs().exe(pid));
  });
});

describe('a program without a build id', () => {
  const host = new FakeHost();

  it('is known by its length and when it was written', () => {
    const file = join(host.root, 'app');
    host.file('app', 'not an ELF file');
    host.add({ pid: 10, exe: file });
    const build = () => exeOf(new ProcessView(10, host.procfs))!.build;
    utimesSync(file, 1e9, 1e9);
    assert.equal(build(), '15 bytes of 2001-09-09T01:46:40.000Z');
    utimesSync(file, 1e9, 1e9 + 1);
    assert.equal(build(), '15 bytes of 2001-09-09T01:46:41.000Z');
  });

  it('its start is told on CLOCK_MONOTONIC, and not without the uptime', () => {
    host.file('proc/uptime', '1000000.00 1.0\n');
    host.add({ pid: 10 });
    const at = host.procfs.startedNs(10)!;
    assert.ok(Math.abs(at - (nowNs() - (1e6 - 10) * 1e9)) < 1e9);
    host.file('proc/uptime', 'nonsense');
    assert.equal(host.procfs.startedNs(10), null);
  });
});

describe('since when a pool runs', () => {
  const host = new FakeHost();
  const stage = new Stage(host);
  const startedSeconds = () => {
    const { startedNs } = stage.tracker.pools()[0]!;
    return startedNs === null ? null : Math.round((startedNs - nowNs()) / 1e9);
  };

  it('is the start of its oldest process alive, each as it was first seen: a suspend later changes nothing', () => {
    host.file('proc/uptime', '1000.00 1.0\n'); // these processes start at their pid in seconds
    host.add({ pid: 100, comm: 'app' });
    host.add({ pid: 400, comm: 'app' });
    stage.start('pools: [ { name: app, match: { comm: app } } ]');
    assert.equal(startedSeconds(), -900);
    host.file('proc/uptime', '9000.00 1.0\n');
    host.add({ pid: 8950, comm: 'app' });
    stage.event('exec', 8950, {});
    stage.tracker.tick(10_000);
    assert.equal(startedSeconds(), -900);
    stage.event('exit', 100, {});
    assert.equal(startedSeconds(), -600, 'at once');
    stage.event('exit', 400, {});
    stage.tracker.tick(20_000);
    assert.equal(startedSeconds(), -50);
    stage.event('exit', 8950, {});
    assert.equal(startedSeconds(), null);
  });
});
