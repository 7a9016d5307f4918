import assert from 'node:assert/strict';
import { FakeHost } from './fake_proc.ts';
import { Stage } from './recorder.ts';

describe('Tracker: pools by port', () => {
  const host = new FakeHost();
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage(host);
  });

  it('looks again each second while the port is missing, else each interval', () => {
    let looks = 0;
    stage.start('pools: [ { name: app, match: { listen: 80 } } ]');
    Object.defineProperty(stage, 'listeners', {
      get: () => (++looks > 3 ? [{ tgid: 10, port: 80, family: 4, netns: 1 }] : []),
    });
    host.add({ pid: 10 });
    for (let at = 0; at <= 3000; at += 100) stage.tracker.tick(at);
    assert.equal(looks, 3);
    for (let at = 3100; at <= 14_000; at += 100) stage.tracker.tick(at);
    assert.equal(looks, 6);
  });

  it('workers of the owner belong to it, also once it has closed its port', () => {
    host.add({ pid: 10, exe: '/sbin/web' });
    host.add({ pid: 11, ppid: 10, exe: '/sbin/web' });
    host.add({ pid: 12, ppid: 10, exe: '/bin/sh' });
    stage.listen(10, 80);
    stage.start('pools: [ { name: web, match: { listen: 80 } } ]');
    assert.deepEqual(stage.names(), ['0 web [10,11]']);
    stage.listeners = [];
    stage.tracker.tick(10_000);
    stage.tracker.resync(20_000);
    stage.tracker.tick(20_000);
    assert.deepEqual(stage.names(), ['0 web [10,11]']);
  });

  it('a worker that begins to listen on the port of another pool goes there', () => {
    host.add({ pid: 10, exe: '/sbin/web' });
    host.add({ pid: 11, ppid: 10, exe: '/sbin/web' });
    stage.listen(10, 80);
    stage.start('pools: [ { name: web, match: { listen: 80 } }, { name: api, match: { listen: 81 } } ]');
    assert.deepEqual(stage.names(), ['0 web [10,11]', '1 api []']);
    stage.listen(11, 81);
    stage.tracker.tick(10_000);
    assert.deepEqual(stage.names(), ['0 web [10]', '1 api [11]']);
  });
});
