import assert from 'node:assert/strict';
import { Listening } from '../../../src/pools/listening.ts';
import { compileMatch, localUids, uidsFrom } from '../../../src/pools/match.ts';
import { ProcessView } from '../../../src/pools/view.ts';
import { FakeHost } from './fake_proc.ts';
import { configOf } from './recorder.ts';

describe('match', () => {
  const host = new FakeHost();
  const CGROUP = '4:cpu,cpuacct:/kube/pod1\n1:name=systemd:/system.slice/app.service\n0::/uni/x';

  function matches(conditions: string, listeners: [number, number][] = []): boolean {
    const rule = compileMatch(configOf(`pools: [ { name: a, match: { ${conditions} } } ]`).pools[0]!.match, () => 33);
    const list = listeners.map(([tgid, port]) => ({ tgid, port, family: 4 as const, netns: 1 }));
    return rule.test(new ProcessView(10, host.procfs), new Listening(list, host.procfs), false);
  }

  beforeEach(() =>
    host.add({
      pid: 10,
      ppid: 5,
      comm: 'app',
      cmdline: ['app', '--role=worker'],
      exe: '/opt/app/bin/app',
      cgroup: CGROUP,
      uid: 33,
    }),
  );

  const cases: [string, boolean][] = [
    ['pid: 10', true],
    ['pid: 11', false],
    ['comm: app', true],
    ['comm: ap', false],
    ['comm: /^a/', true],
    ['exe: /opt/*/bin/app', true],
    ['exe: /opt/app', false],
    ['cmdline: /role=w/', true],
    ['cmdline: "app --role=worker"', true],
    ['cgroup: /kube/*', true],
    ['cgroup: /uni/x', true],
    ['cgroup: /kube', false],
    ['unit: app.service', true],
    ['unit: app', true],
    ['unit: ap', false],
    ['user: app', true],
    ['user: 33', true],
    ['user: 0', false],
    ['comm: app, user: 0', false],
    ['comm: app, user: 33, unit: app', true],
  ];
  for (const [conditions, expected] of cases)
    it(`${conditions} ${expected ? 'holds' : 'does not hold'}`, () => assert.equal(matches(conditions), expected));

  it('listen: who holds the socket, on that port', () => {
    assert.ok(matches('listen: 80', [[10, 80]]));
    assert.ok(
      !matches('listen: 80', [
        [10, 81],
        [11, 80],
      ]),
    );
  });

  it('listen: descendants of the holder by processes of one binary', () => {
    host.add({ pid: 5, ppid: 4, exe: '/opt/app/bin/app' });
    host.add({ pid: 4, ppid: 1, exe: '/opt/app/bin/app' });
    assert.ok(matches('listen: 80', [[5, 80]]));
    assert.ok(matches('listen: 80', [[4, 80]]));
    host.add({ pid: 5, ppid: 4, exe: '/bin/sh' });
    assert.ok(!matches('listen: 80', [[4, 80]]));
    assert.ok(!matches('listen: 80', [[5, 80]]));
  });

  it('listen: a descendant that listens elsewhere serves that', () => {
    host.add({ pid: 5, ppid: 4, exe: '/opt/app/bin/app' });
    assert.ok(
      !matches('listen: 80', [
        [5, 80],
        [10, 81],
      ]),
    );
  });

  it('listen: systemd holds the sockets of others', () => {
    host.add({ pid: 1, ppid: 0, comm: 'systemd', exe: '/lib/systemd/systemd' });
    const list = [{ tgid: 1, port: 80, family: 4 as const, netns: 1 }];
    assert.deepEqual([...new Listening(list, host.procfs).holders(80)], []);
  });

  it('nothing holds of a process that has gone', () => {
    host.remove(10);
    for (const [conditions] of cases.filter(([text]) => !text.includes('pid')))
      assert.equal(matches(conditions), false, conditions);
  });

  it('says what a child inherits and what must be looked at again', () => {
    const flags = (conditions: string) => {
      const rule = compileMatch(configOf(`pools: [ { name: a, match: { ${conditions} } } ]`).pools[0]!.match, () => 33);
      return [rule.children, rule.listenOnly, rule.drifts];
    };
    assert.deepEqual(flags('listen: 80'), [true, true, false]);
    assert.deepEqual(flags('listen: 80, comm: a'), [true, false, false]);
    assert.deepEqual(flags('pid: 80'), [false, false, false]);
    assert.deepEqual(flags('user: a'), [true, false, true]);
    assert.deepEqual(flags('cmdline: a'), [true, false, true]);
  });

  it('passwd(5)', () => {
    const uidOf = uidsFrom('root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/:\n');
    assert.deepEqual(['root', 'www-data', 'nobody'].map(uidOf), [0, 33, null]);
    assert.deepEqual([localUids()('root'), localUids('/none')('root')], [0, null]);
  });
});
