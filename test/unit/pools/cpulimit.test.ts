import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { CgroupTree, unitOf } from '../../../src/pools/cgroup.ts';
import { CpuLimits, parseCpuList } from '../../../src/pools/cpulimit.ts';
import { cpuUser } from '../../../src/pools/kinds/kind.ts';
import { Procfs, parseCgroups } from '../../../src/pools/procfs.ts';
import { ProcessView } from '../../../src/pools/view.ts';
import { skip } from '../../lib/skip.ts';
import { FakeHost } from './fake_proc.ts';

const V2 = '31 23 0:28 / /cg rw,relatime shared:9 - cgroup2 cgroup2 rw\n';
const V1 = `31 23 0:28 / /cg ro - tmpfs tmpfs ro
32 31 0:29 / /cg/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
33 31 0:30 / /cg/cpuset rw - cgroup cgroup rw,cpuset
`;
const HYBRID = `${V1}34 31 0:31 / /cg/unified rw - cgroup2 cgroup2 rw\n`;

function user(cgroup: string, cpusAllowed = '0-7') {
  return { cgroups: parseCgroups(cgroup), cpusAllowed };
}

describe('CPU limit', () => {
  const host = new FakeHost();

  it('v2: the tightest quota of the whole path', () => {
    host.file('cg/a/cpu.max', '150000 100000\n');
    host.file('cg/a/b/cpu.max', '400000 100000\n');
    host.file('cg/a/b/c/cpu.max', 'max 100000\n');
    const limits = host.limits(V2);
    assert.equal(limits.limit([user('0::/a/b/c')]), 1.5);
    assert.equal(limits.limit([user('0::/a/b')]), 1.5);
    assert.equal(limits.limit([user('0::/')]), 8);
    assert.equal(limits.leafQuota(parseCgroups('0::/a/b')), 4);
    assert.equal(limits.leafQuota(parseCgroups('0::/a/b/c')), Number.POSITIVE_INFINITY);
  });

  it('v1: quota over period, -1 is none', () => {
    host.file('cg/cpu,cpuacct/cpu.cfs_quota_us', '-1\n');
    host.file('cg/cpu,cpuacct/a/cpu.cfs_quota_us', '50000\n');
    host.file('cg/cpu,cpuacct/a/cpu.cfs_period_us', '100000\n');
    host.file('cg/cpu,cpuacct/a/b/cpu.cfs_quota_us', '-1\n');
    assert.equal(host.limits(V1).limit([user('4:cpu,cpuacct:/a/b\n0::/other')]), 0.5);
  });

  it('hybrid: the v1 cpu hierarchy counts, not the unified one', () => {
    host.file('cg/unified/u/cpu.max', '10000 100000\n');
    host.file('cg/cpu,cpuacct/a/cpu.cfs_quota_us', '300000\n');
    host.file('cg/cpu,cpuacct/a/cpu.cfs_period_us', '100000\n');
    assert.equal(host.limits(HYBRID).limit([user('4:cpu,cpuacct:/a\n0::/u')]), 3);
  });

  it('cpuset, affinity and online CPUs: what all of them leave', () => {
    host.file('cg/a/cpuset.cpus.effective', '0-3\n');
    host.file('cg/a/b/cpuset.cpus.effective', '');
    const limits = host.limits(V2);
    assert.equal(limits.limit([user('0::/a/b')]), 4);
    assert.equal(limits.limit([user('0::/a', '2-6')]), 2);
    host.file('online', '0-2,4\n');
    assert.equal(limits.limit([user('0::/', '0-7')]), 4);
    assert.equal(limits.limit([user('0::/a', '2-6')]), 1);
    host.file('cg/cpuset/a/cpuset.cpus', '1,4-5\n');
    assert.equal(host.limits(V1).limit([user('5:cpuset:/a')]), 2);
  });

  it('several processes: pinned ones add up, one cgroup is shared, two side by side add up under their parent', () => {
    const limits = host.limits(V2);
    assert.equal(limits.limit([user('0::/', '0'), user('0::/', '1'), user('0::/', '1')]), 2);
    host.file('cg/p/a/cpu.max', '100000 100000\n');
    host.file('cg/p/b/cpu.max', '100000 100000\n');
    assert.equal(limits.limit([user('0::/p/a'), user('0::/p/a')]), 1);
    assert.equal(limits.limit([user('0::/p/a'), user('0::/p/b')]), 2);
    host.file('cg/p/cpu.max', '120000 100000\n');
    assert.equal(limits.limit([user('0::/p/a'), user('0::/p/b')]), 1.2);
    assert.equal(limits.limit([user('0::/p/a'), user('0::/')]), 8);
  });

  it('a hierarchy mounted from below its root, as in a container', () => {
    host.file('cg/x/cpu.max', '200000 100000\n');
    host.file('cg/cpu.max', '100000 100000\n');
    const limits = host.limits('31 23 0:28 /docker/abc /cg rw - cgroup2 cgroup2 rw\n');
    assert.equal(limits.limit([user('0::/docker/abc/x')]), 1);
    assert.equal(limits.limit([user('0::/elsewhere')]), 8);
  });

  it('without the list of online CPUs, affinity and quota still hold', () => {
    rmSync(`${host.root}/online`);
    const limits = host.limits(V2);
    assert.deepEqual([limits.limit([user('0::/', '0-2')]), limits.limit([user('0::/', '')])], [3, null]);
    assert.equal(limits.affinity(user('0::/', '0-2')), 3);
  });

  it('is not known without a process', () => assert.equal(host.limits(V2).limit([]), null));

  it('CPU lists', () => {
    assert.deepEqual([...parseCpuList('0-2,5,7-8\n')], [0, 1, 2, 5, 7, 8]);
    assert.deepEqual([...parseCpuList('')], []);
  });

  it('of this very process, from the real /proc and /sys', () => {
    const tree = new CgroupTree(readFileSync('/proc/self/mountinfo', 'utf8'));
    const limit = new CpuLimits(tree).limit([cpuUser(new ProcessView(process.pid, new Procfs()))])!;
    assert.ok(limit > 0 && limit <= availableParallelism(), String(limit));
  });

  it('of a real process under a v1 quota of an ancestor', async function () {
    const top = `/sys/fs/cgroup/cpu/pooldrift-test-${process.pid}`;
    skip(
      this,
      process.getuid!() === 0 && existsSync('/sys/fs/cgroup/cpu/cgroup.procs')
        ? null
        : 'no cgroup v1 cpu hierarchy to write to',
    );
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      mkdirSync(`${top}/leaf`, { recursive: true });
      writeFileSync(`${top}/cpu.cfs_quota_us`, '70000');
      writeFileSync(`${top}/leaf/cgroup.procs`, String(child.pid));
      const tree = new CgroupTree(readFileSync('/proc/self/mountinfo', 'utf8'));
      assert.equal(new CpuLimits(tree).limit([cpuUser(new ProcessView(child.pid!, new Procfs()))]), 0.7);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
      for (const directory of [`${top}/leaf`, top]) if (existsSync(directory)) rmdirSync(directory);
    }
  });
});

describe('the systemd unit of a cgroup path', () => {
  const cases: [string, string | null][] = [
    ['0::/system.slice/nginx.service', 'nginx.service'],
    ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service', 'foo.service'],
    ['0::/user.slice/user-1000.slice/session-3.scope', 'session-3.scope'],
    ['1:name=systemd:/system.slice/a.service/sub\n0::/b.service', 'a.service'],
    ['4:cpu:/\n0::/system.slice/u.service', 'u.service'],
    ['0::/', null],
  ];
  for (const [text, unit] of cases) it(text.replace('\n', ' '), () => assert.equal(unitOf(parseCgroups(text)), unit));
});
