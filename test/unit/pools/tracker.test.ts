import assert from 'node:assert/strict';
import { FakeHost } from './fake_proc.ts';
import { configOf, Stage } from './recorder.ts';

const GAUGES: Record<string, number> = { m: 7, half: 2.5, none: 0 };
const APP = 'pools: [ { name: app, match: { comm: app } } ]';

describe('Tracker', () => {
  const host = new FakeHost();
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage(host);
  });

  it('finds what runs already, with all its threads', () => {
    host.add({ pid: 10, comm: 'app', threads: { 11: 'w', 12: 'w' } });
    host.add({ pid: 20, comm: 'other' });
    stage.start(APP);
    assert.deepEqual(stage.membership.tids(0), [10, 11, 12]);
    assert.deepEqual(stage.membership.policies.get(0), { threads: true, children: true });
    assert.deepEqual(stage.lines, ['found app (generic)']);
    assert.deepEqual([stage.tracker.poolOf(10), stage.tracker.poolOf(20)], [0, null]);
  });

  it('catches threads that start between the listing of a process and its flush', () => {
    host.add({ pid: 10, comm: 'app' });
    stage.membership.onFlush = () => stage.membership.flushes === 1 && host.thread(10, 11, 'late');
    stage.start(APP);
    stage.tracker.tick(100);
    assert.deepEqual(stage.membership.tids(0), [10, 11]);
    stage.tracker.tick(200);
    const { flushes } = stage.membership;
    stage.tracker.tick(300);
    assert.equal(stage.membership.flushes, flushes);
  });

  it('follows exec: into a pool, to another, and out', () => {
    stage.start('pools: [ { name: a, match: { comm: a } }, { name: b, match: { comm: b } } ]');
    stage.run({ pid: 10, comm: 'a' });
    stage.tracker.tick(100);
    assert.deepEqual(stage.names(), ['0 a [10]', '1 b []']);
    for (const [comm, expected] of [
      ['b', ['0 a []', '1 b [10]']],
      ['c', ['0 a []', '1 b []']],
    ] as const) {
      stage.membership.inForce.delete(10);
      stage.run({ pid: 10, comm });
      stage.tracker.tick(200);
      assert.deepEqual(stage.names(), expected);
    }
    assert.equal(stage.membership.inForce.size, 0);
  });

  it('an exec that matches again is put back, since the kernel has taken it out', () => {
    host.add({ pid: 10, comm: 'app' });
    stage.start(APP);
    stage.membership.inForce.delete(10);
    stage.event('exec', 10);
    stage.tracker.tick(100);
    assert.deepEqual(stage.membership.tids(0), [10]);
  });

  it('follows a rename of the leader and a move to another cgroup', () => {
    host.add({ pid: 10, comm: 'old' });
    stage.start('pools: [ { name: app, match: { comm: app, cgroup: /here } } ]');
    host.add({ pid: 10, comm: 'app' });
    stage.event('rename', 10);
    stage.tracker.tick(100);
    assert.deepEqual(stage.names(), ['0 app []']);
    host.add({ pid: 10, comm: 'app', cgroup: '0::/here' });
    stage.event('cgroup', 10);
    stage.tracker.tick(200);
    assert.deepEqual([stage.names(), stage.membership.tids(0)], [['0 app [10]'], [10]]);
    host.add({ pid: 10, comm: 'app', cgroup: '0::/there' });
    stage.event('cgroup', 10);
    stage.tracker.tick(300);
    assert.deepEqual([stage.names(), stage.membership.tids(0)], [['0 app []'], []]);
  });

  it('believes the kernel about forked children, and reads nothing of them', () => {
    host.add({ pid: 10, comm: 'app' });
    stage.start(APP);
    host.add({ pid: 11, ppid: 10, comm: 'app' });
    const { reads } = stage;
    stage.event('fork', 11, { parentTgid: 10, pool: 0 });
    assert.equal(stage.reads, reads);
    assert.equal(stage.tracker.poolOf(11), 0);
  });

  it('adds a child that the kernel did not see as a member yet', () => {
    host.add({ pid: 10, comm: 'app' });
    stage.start(APP);
    host.add({ pid: 11, ppid: 10, comm: 'app' });
    stage.event('fork', 11, { parentTgid: 10 });
    stage.tracker.tick(100);
    assert.deepEqual(stage.membership.tids(0), [10, 11]);
  });

  it('takes out what inherited a pool that its parent, or its process, had just left', () => {
    host.add({ pid: 10, comm: 'a' });
    stage.start('pools: [ { name: a, match: { comm: a } }, { name: b, match: { comm: b } } ]');
    host.add({ pid: 10, comm: 'c' });
    stage.event('rename', 10);
    stage.tracker.tick(100);
    host.add({ pid: 11, ppid: 10, comm: 'c' });
    for (const tid of [11, 12]) stage.membership.inForce.set(tid, { pool: 0, worker: true });
    stage.membership.inForce.set(13, { pool: 7, worker: true });
    stage.event('fork', 11, { parentTgid: 10, pool: 0 });
    stage.event('fork', 13, { parentTgid: 10, pool: 7 });
    stage.event('thread-start', 10, { tid: 12, pool: 0 });
    stage.tracker.tick(200);
    assert.deepEqual([stage.membership.inForce.size, stage.names()], [0, ['0 a []', '1 b []']]);
  });

  it('pid: children are not meant', () => {
    host.add({ pid: 10 });
    stage.start('pools: [ { name: app, match: { pid: 10 } } ]');
    assert.deepEqual(stage.membership.policies.get(0), { threads: true, children: false });
    host.add({ pid: 11, ppid: 10 });
    stage.event('fork', 11, { parentTgid: 10 });
    stage.tracker.tick(100);
    assert.deepEqual(stage.membership.tids(0), [10]);
  });

  it('workers: threads by name, when they exist, start and are renamed', () => {
    host.add({ pid: 10, comm: 'app', threads: { 11: 'worker-1', 12: 'gc' } });
    stage.start(
      'pools: [ { name: app, match: { comm: app }, workers: { comm: "/^worker/" }, size: { from: threads } } ]',
    );
    assert.deepEqual(stage.membership.policies.get(0), { threads: false, children: true });
    assert.deepEqual([stage.membership.tids(0), stage.membership.tids(0, false)], [[11], [10, 12]]);
    host.thread(10, 13, 'app');
    stage.event('thread-start', 10, { tid: 13, pool: 0 });
    stage.tracker.tick(100);
    assert.deepEqual(stage.membership.tids(0, false), [10, 12, 13]);
    host.thread(10, 13, 'worker-2');
    stage.event('rename', 10, { tid: 13, pool: 0 });
    stage.tracker.tick(2000);
    assert.deepEqual(stage.membership.tids(0), [11, 13]);
    assert.deepEqual(
      stage.tracker.pools().map(({ size, sizeReason }) => [size, sizeReason]),
      [[2, '2 worker threads alive']],
    );
  });

  it('workers: the leader of a forked child is judged too', () => {
    host.add({ pid: 10, comm: 'app' });
    stage.start('pools: [ { name: app, match: { comm: app }, workers: { comm: app } } ]');
    host.add({ pid: 11, ppid: 10, comm: 'app' });
    stage.event('fork', 11, { parentTgid: 10, pool: 0 });
    stage.tracker.tick(100);
    assert.deepEqual(stage.membership.tids(0), [10, 11]);
  });

  it('the first pool wins; said once', () => {
    host.add({ pid: 10, comm: 'app' });
    host.add({ pid: 11, comm: 'app' });
    stage.start('pools: [ { name: a, match: { comm: app } }, { name: b, match: { comm: /a/ } } ]');
    stage.run({ pid: 12, comm: 'app' });
    stage.tracker.tick(100);
    assert.deepEqual(stage.names(), ['0 a [10,11,12]', '1 b []']);
    const twice = stage.lines.filter((line) => line.includes('matches the pools'));
    assert.deepEqual(twice, ['warn: process 10 (app) matches the pools a and b: it counts in the first']);
  });

  it('a pool that matches nothing is warned of once, and found later', () => {
    stage.start('pools: [ { name: app, match: { listen: 80, comm: /app/ } } ]');
    for (let at = 0; at < 10_000; at += 500) stage.tracker.tick(at);
    assert.deepEqual(stage.lines, ['warn: pool app: no process matches listen: 80, comm: /app/; looking for one']);
    host.add({ pid: 10, comm: 'app' });
    stage.listen(10, 80);
    stage.tracker.tick(11_000);
    assert.deepEqual(stage.lines.slice(1), ['found app (generic, :80)']);
  });

  it('user and command line: looked at again, since no event tells of a change', () => {
    host.add({ pid: 10, comm: 'web', uid: 0 });
    stage.start('pools: [ { name: web, match: { user: app } } ]');
    host.add({ pid: 11, ppid: 10, comm: 'web', uid: 33 });
    stage.event('fork', 11, { parentTgid: 10 });
    stage.tracker.tick(100);
    assert.deepEqual(stage.names(), ['0 web [11]']);
    host.add({ pid: 10, comm: 'web', uid: 33 });
    stage.tracker.tick(31_000);
    assert.deepEqual(stage.names(), ['0 web [10,11]']);
  });

  it('an unknown user is said, and matches nobody', () => {
    host.add({ pid: 10 });
    stage.start('pools: [ { name: web, match: { user: nobody-here } } ]');
    assert.equal(stage.lines[0], 'warn: pool web: no user nobody-here on this host');
    assert.deepEqual(stage.names(), ['0 web []']);
  });

  it('a configured pool keeps its index and kind while it has no process', () => {
    host.add({ pid: 10, comm: 'app', exe: '/usr/bin/node' });
    stage.start(APP);
    stage.exit(10);
    stage.tracker.tick(3_600_000);
    const [pool] = stage.tracker.pools();
    assert.deepEqual([pool!.index, pool!.kind, pool!.size, pool!.cpuLimit, pool!.tgids], [0, 'node', null, null, []]);
    assert.deepEqual(stage.membership.released, []);
  });

  it('pools over the limit are counted and said', () => {
    stage.start('limits: { pools: 1 }\npools: [ { name: a, match: { comm: a } }, { name: b, match: { comm: b } } ]');
    stage.tracker.tick(5000);
    assert.equal(stage.tracker.poolsRefused, 1);
    assert.equal(stage.lines[0], 'warn: pool b is not watched: limits.pools is 1');
  });

  it('the kind is that of the top process, though its id be the highest', () => {
    host.add({ pid: 30, comm: 'app', exe: '/usr/bin/node' });
    host.add({ pid: 10, ppid: 30, comm: 'app', exe: '/bin/sh' });
    stage.start(APP);
    assert.equal(stage.tracker.pools()[0]!.kind, 'node');
  });

  it('is not in a pool itself', () => {
    host.add({ pid: 999_999, comm: 'app' });
    stage.start(APP);
    assert.deepEqual(stage.names(), ['0 app []']);
  });

  it('size: fixed, metric, cgroup', () => {
    const measure = (pool: string, metric: string) =>
      pool === 'a' && metric in GAUGES ? { value: GAUGES[metric]!, reason: '' } : { value: null, reason: 'no metric' };
    host.add({ pid: 10, comm: 'app', cpus: '0-2' });
    const pool = (name: string, size: string) =>
      `{ name: ${name}, match: { comm: ${name === 'a' ? 'app' : 'x'} }, size: { ${size} }, scrape: { url: "http://h/" } }`;
    for (const [size, expected] of [
      ['fixed: 8', [8, 'fixed']],
      ['metric: m', [7, 'metric', 'its metric m says 7']],
      ['metric: absent', [null, 'unknown', 'size.metric: no metric']],
      ['metric: half', [null, 'unknown', 'size.metric: half is 2.5, no number of workers']],
      ['metric: none', [null, 'unknown', 'size.metric: none is 0, no number of workers']],
      ['from: cgroup', [3, 'cgroup']],
    ] as const) {
      const fresh = new Stage(host, measure).start(`pools: [ ${pool('a', size)} ]`);
      const [found] = fresh.tracker.pools();
      assert.deepEqual([found!.size, found!.sizeSource, found!.sizeReason].slice(0, expected.length), expected);
    }
  });

  describe('reload', () => {
    it('keeps index and members of what stays, takes the rest out, adds what is new', () => {
      host.add({ pid: 10, comm: 'a' });
      host.add({ pid: 11, comm: 'b' });
      host.add({ pid: 12, comm: 'c' });
      stage.start('pools: [ { name: a, match: { comm: a } }, { name: b, match: { comm: b } } ]');
      stage.tracker.reload(
        configOf('pools: [ { name: c, match: { comm: c } }, { name: b, match: { comm: b } } ]'),
        100,
      );
      assert.deepEqual(stage.names(), ['0 c [12]', '1 b [11]']);
      assert.deepEqual(stage.membership.released, [0]);
      assert.deepEqual([stage.membership.tids(0), stage.membership.tids(1)], [[12], [11]]);
    });

    it('a changed condition or filter is applied to what runs', () => {
      host.add({ pid: 10, comm: 'a', threads: { 11: 'w' } });
      stage.listen(10, 80);
      stage.start('pools: [ { name: a, match: { listen: 80 } } ]');
      stage.tracker.reload(configOf('pools: [ { name: a, match: { listen: 80 }, workers: { comm: w } } ]'), 100);
      assert.deepEqual([stage.membership.tids(0), stage.membership.tids(0, false)], [[11], [10]]);
      assert.equal(stage.membership.policies.get(0)?.threads, false);
      stage.tracker.reload(configOf('pools: [ { name: a, match: { listen: 81 } } ]'), 200);
      assert.deepEqual([stage.names(), stage.membership.inForce.size], [['0 a []'], 0]);
    });
  });
});
