import assert from 'node:assert/strict';
import { atHome, findHomes, HOST } from '../../../src/pools/cgroup_home.ts';
import { parseCgroups, parseMounts } from '../../../src/pools/cgroup_text.ts';
import { FakeHost } from './fake_proc.ts';

const PID = 4242;

describe('a cgroup namespace of our own', () => {
  const host = new FakeHost();

  /** What /proc/self/mountinfo says there of a hierarchy that is mounted at its root, `ups` levels above. */
  const mount = (ups: number, type = 'cgroup2', options = 'rw') =>
    `31 23 0:28 ${'/..'.repeat(ups) || '/'} ${host.root}/tree rw - ${type} ${type} ${options}`;

  function homes(mountinfo: string, lines: string) {
    for (const path of ['a/pod-1/other', 'a/pod-2/ours', 'a/pod-2/ours/below', 'b/pod-3/other'])
      host.file(`tree/${path}/cgroup.procs`, path === 'a/pod-2/ours' ? `17\n${PID}\n` : `${PID}0\n`);
    return findHomes(parseMounts(mountinfo), parseCgroups(lines), PID);
  }

  it('begins where the cgroup is that holds this process', () => {
    assert.deepEqual([...homes(mount(3), '0::/\n')], [['', '/a/pod-2/ours']]);
  });

  it('a process below where it begins', () => {
    host.file('tree/a/pod-2/cgroup.procs', '');
    assert.deepEqual([...homes(mount(2), '0::/ours\n')], [['', '/a/pod-2']]);
  });

  it('of a hierarchy of version 1', () => {
    const found = homes(mount(3, 'cgroup', 'rw,cpu,cpuacct'), '4:cpu,cpuacct:/\n0::/\n');
    assert.deepEqual([...found], [['cpu,cpuacct', '/a/pod-2/ours']]);
    assert.equal(atHome(found, ['cpu', 'cpuacct'], '/../x'), '/a/pod-2/x');
    assert.equal(atHome(found, ['rw', 'cpu', 'cpuacct'], '/../../..'), '/', 'the root of its mount');
    assert.equal(atHome(found, [], '/../x'), '/../x', 'another hierarchy');
  });

  it('is not known where no mount reaches beyond it', () => {
    assert.equal(homes(mount(0), '0::/\n').size, 0);
  });

  it('is not known where no cgroup there holds this process', () => {
    assert.equal(homes(mount(2), '0::/\n').size, 0);
  });

  it('paths are those of the mounted tree', () => {
    const found = homes(mount(3), '0::/\n');
    const paths = ['/', '/below', '/../../pod-1/other', '/../../../b', '/../../..'].map((path) =>
      atHome(found, [], path),
    );
    assert.deepEqual(paths, ['/a/pod-2/ours', '/a/pod-2/ours/below', '/a/pod-1/other', '/b', '/']);
    assert.equal(atHome(HOST, [], '/a'), '/a');
  });

  it('a mount over another hides it', () => {
    const [inner, outer] = [mount(0), mount(3)];
    assert.deepEqual(
      parseMounts(`${inner}\n${outer}`).map(({ root }) => root),
      ['/../../..'],
    );
  });
});
