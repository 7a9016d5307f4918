import assert from 'node:assert/strict';
import { FakeHost } from './fake_proc.ts';
import { Stage } from './recorder.ts';

const APP = 'pools: [ { name: app, match: { comm: app } } ]';

describe('Tracker: processes that come and go', () => {
  const host = new FakeHost();
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage(host);
  });

  it('10,000 short-lived processes leave nothing behind, and cost no reads', () => {
    host.add({ pid: 10, comm: 'app' });
    stage.start(APP);
    const { reads } = stage;
    for (let pid = 1000; pid < 11_000; pid++) {
      stage.event('fork', pid, { parentTgid: 500 });
      stage.event('rename', pid);
      stage.event('exec', pid, { parentTgid: 500 });
      stage.event('exit', pid);
    }
    assert.deepEqual([stage.reads, stage.tracker.remembered], [reads, 1]);
  });

  it('short-lived children of a member, some gone before they are judged, leave nothing behind', () => {
    host.add({ pid: 10, comm: 'app' });
    stage.start('pools: [ { name: app, match: { comm: app }, workers: { comm: app } } ]');
    for (let pid = 1000; pid < 4000; pid++) {
      stage.event('fork', pid, { parentTgid: 10, pool: pid % 2 ? 0 : null });
      stage.event('thread-start', pid, { tid: pid + 100_000, pool: 0 });
      if (pid % 3 === 0) stage.tracker.tick(pid);
      stage.event('exit', pid);
    }
    stage.tracker.tick(5000);
    assert.deepEqual([stage.tracker.remembered, stage.names()], [1, ['0 app [10]']]);
  });

  it('a zombie, whose exit has been told already, does not come back', () => {
    host.add({ pid: 10, comm: 'app', state: 'Z' });
    stage.start(APP);
    assert.deepEqual([stage.tracker.remembered, stage.membership.inForce.size], [0, 0]);
  });

  it('a storm of new processes is judged over several ticks', () => {
    stage.start(APP);
    for (let pid = 1000; pid < 2500; pid++) stage.event('exec', pid);
    stage.tracker.tick(100);
    assert.equal(stage.tracker.remembered, 500);
    stage.tracker.tick(200);
    assert.equal(stage.tracker.remembered, 0);
  });

  it('forgets, at a resync, members whose exit was lost', () => {
    host.add({ pid: 10, comm: 'app' });
    stage.start(APP);
    host.remove(10);
    stage.tracker.resync(100);
    assert.equal(stage.tracker.remembered, 0);
  });
});
