import assert from 'node:assert/strict';
import { FakeHost } from './fake_proc.ts';
import { configOf, Stage } from './recorder.ts';

describe('discovery', () => {
  const host = new FakeHost();
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage(host);
  });

  it('each group that listens is a pool, named by its service or its command', () => {
    host.add({
      pid: 10,
      comm: 'nginx',
      exe: '/usr/sbin/nginx',
      cgroup: '0::/system.slice/edge.service',
      cmdline: ['nginx: master process nginx'],
    });
    host.add({ pid: 11, ppid: 10, comm: 'nginx', exe: '/usr/sbin/nginx', cmdline: ['nginx: worker process'] });
    host.add({ pid: 20, comm: 'MainThread', exe: '/usr/bin/node', threads: { 21: 'libuv-worker' } });
    host.add({
      pid: 30,
      comm: 'redis-server',
      exe: '/usr/bin/redis-server',
      cgroup: '0::/system.slice/run-u12.service',
    });
    host.add({ pid: 40, comm: 'idle', exe: '/usr/bin/idle' });
    stage.listen(10, 443, 80);
    stage.listen(11, 443, 80);
    stage.listen(20, 9000);
    stage.listen(30, 6379);
    stage.start('');
    assert.deepEqual(stage.names(), ['0 edge [10,11]', '1 node [20]', '2 redis-server [30]']);
    assert.deepEqual(stage.lines, [
      'found edge (nginx, :80, :443)',
      'found node (node, :9000)',
      'found redis-server (redis, :6379)',
    ]);
    assert.deepEqual(stage.membership.tids(1), [20, 21]);
    assert.ok(stage.tracker.pools().every((pool) => !pool.configured));
  });

  it('two of one name are told apart by the port', () => {
    for (const pid of [10, 11, 12]) host.add({ pid, comm: 'app', exe: '/opt/app' });
    stage.listen(10, 80);
    stage.listen(11, 81);
    stage.listeners.push({ tgid: 12, port: 81, family: 4, netns: 2 });
    stage.start('');
    assert.deepEqual(stage.names(), ['0 app [10]', '1 app:81 [11]', '2 app:81#2 [12]']);
  });

  it('processes that share a port, each with its own socket, are one pool; a parent that holds none is not in it', () => {
    host.add({ pid: 10, comm: 'top', exe: '/opt/w' });
    for (const pid of [11, 12]) host.add({ pid, ppid: 10, comm: 'w', exe: '/opt/w' });
    stage.listen(11, 80);
    stage.listen(12, 80);
    stage.start('');
    assert.deepEqual(stage.names(), ['0 w [11,12]']);
  });

  it('a child of the same program that listens elsewhere is a pool of its own', () => {
    host.add({ pid: 10, comm: 'a', exe: '/usr/bin/node' });
    host.add({ pid: 11, ppid: 10, comm: 'b', exe: '/usr/bin/node' });
    host.add({ pid: 12, ppid: 10, comm: 'c', exe: '/usr/bin/node' });
    stage.listen(10, 80);
    stage.listen(11, 81);
    stage.start('');
    assert.deepEqual(stage.names(), ['0 a [10,12]', '1 b [11]']);
    stage.listen(12, 82);
    stage.tracker.tick(5000);
    assert.deepEqual(stage.names(), ['0 a [10]', '1 b [11]', '2 c [12]']);
  });

  it('two programs that share a port are two pools', () => {
    host.add({ pid: 10, comm: 'a', exe: '/opt/a' });
    host.add({ pid: 11, comm: 'b', exe: '/opt/b' });
    stage.listen(10, 80);
    stage.listen(11, 80);
    stage.start('');
    assert.deepEqual(stage.names(), ['0 a [10]', '1 b [11]']);
  });

  it('two that return at once are not taken for one', () => {
    const run = (...pids: [number, number]) => {
      for (const pid of pids) host.add({ pid, comm: 'app', exe: '/opt/app' });
      stage.listeners = pids.map((tgid, i) => ({ tgid, port: 80, family: 4, netns: i }));
    };
    run(10, 11);
    stage.start('');
    for (const pid of [10, 11]) stage.exit(pid);
    stage.tracker.tick(100);
    run(20, 21);
    stage.tracker.tick(5000);
    assert.deepEqual(stage.names(), ['0 app [20]', '1 app:80 [21]']);
  });

  it('a leaked socket does not make a helper a worker', () => {
    host.add({ pid: 10, comm: 'app', exe: '/opt/app' });
    host.add({ pid: 11, ppid: 10, comm: 'sh', exe: '/bin/sh' });
    stage.listen(10, 80);
    stage.start('');
    assert.deepEqual(stage.names(), ['0 app [10]']);
  });

  it('pooldrift itself is no pool', () => {
    host.add({ pid: 999_999, comm: 'node', exe: '/usr/bin/node' });
    stage.listen(999_999, 10_435);
    stage.start('');
    assert.deepEqual(stage.names(), []);
  });

  it('new servers are found at the next look, and their forked and executed workers join', () => {
    stage.start('');
    stage.run({ pid: 10, comm: 'app', exe: '/opt/app' });
    stage.listen(10, 80);
    stage.tracker.tick(5000);
    assert.deepEqual(stage.names(), ['0 app [10]']);
    host.add({ pid: 11, ppid: 10, comm: 'app', exe: '/opt/app' });
    stage.event('fork', 11, { parentTgid: 10, pool: 0 });
    stage.run({ pid: 12, ppid: 10, comm: 'app', exe: '/opt/app' });
    stage.run({ pid: 13, ppid: 10, comm: 'sh', exe: '/bin/sh' });
    stage.tracker.tick(5100);
    assert.deepEqual(stage.names(), ['0 app [10,11,12]']);
  });

  it('what only passes by is not read at all', () => {
    host.add({ pid: 10, comm: 'app', exe: '/opt/app' });
    stage.listen(10, 80);
    stage.start('');
    host.add({ pid: 50, comm: 'cc' });
    const { reads } = stage;
    stage.event('fork', 50);
    stage.event('rename', 50);
    stage.event('exec', 50);
    stage.event('cgroup', 50);
    assert.equal(stage.reads, reads);
    assert.equal(stage.tracker.remembered, 1);
  });

  it('keeps its index over a restart, and goes 5 minutes after its last process', () => {
    host.add({ pid: 10, comm: 'app', exe: '/opt/app' });
    stage.listen(10, 80);
    stage.start('');
    stage.exit(10);
    stage.listeners = [];
    stage.tracker.tick(5000);
    stage.tracker.tick(304_000);
    assert.deepEqual(stage.names(), ['0 app []']);
    stage.run({ pid: 20, comm: 'app', exe: '/opt/app' });
    stage.listen(20, 80);
    stage.tracker.tick(304_500);
    stage.tracker.tick(309_500);
    assert.deepEqual(stage.names(), ['0 app [20]']);
    stage.exit(20);
    stage.listeners = [];
    stage.tracker.tick(400_000);
    stage.tracker.tick(700_000);
    assert.deepEqual([stage.names(), stage.membership.released], [[], [0]]);
  });

  it('500 restarts under ever new names do not fill the table', () => {
    stage.start('limits: { pools: 8 }');
    for (let n = 0; n < 500; n++) {
      const at = (n + 1) * 301_000;
      host.add({ pid: 1000 + n, comm: `app${n}`, exe: `/opt/app${n}` });
      stage.listeners = [];
      stage.listen(1000 + n, 80);
      stage.tracker.tick(at);
      stage.exit(1000 + n);
      stage.tracker.tick(at + 100);
    }
    assert.ok(stage.tracker.pools().length <= 3, stage.names().join());
    assert.deepEqual([stage.tracker.poolsRefused, stage.tracker.remembered], [0, 0]);
  });

  it('a configuration that names pools ends it', () => {
    host.add({ pid: 10, comm: 'app', exe: '/opt/app' });
    host.add({ pid: 11, comm: 'b', exe: '/opt/b' });
    stage.listen(10, 80);
    stage.start('');
    stage.tracker.reload(configOf('pools: [ { name: b, match: { comm: b } } ]'), 100);
    assert.deepEqual([stage.names(), stage.membership.tids(0)], [['0 b [11]'], [11]]);
    stage.tracker.reload(configOf('discover: off'), 200);
    assert.deepEqual([stage.names(), stage.membership.inForce.size], [[], 0]);
    stage.tracker.reload(configOf(''), 300);
    assert.deepEqual(stage.names(), ['0 app [10]']);
  });
});
