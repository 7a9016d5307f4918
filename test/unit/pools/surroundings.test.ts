import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CgroupTree } from '../../../src/pools/cgroup.ts';
import { numberAfter } from '../../../src/pools/cgroup_files.ts';
import { SurroundingsReader } from '../../../src/pools/surroundings.ts';
import { defer } from '../../lib/cleanup.ts';
import { pool } from '../metrics/fixture.ts';
import { FakeHost } from './fake_proc.ts';

const V2 = '31 23 0:28 / /cg rw,relatime shared:9 - cgroup2 cgroup2 rw\n';
const V1 = `32 31 0:29 / /cg/cpu rw - cgroup cgroup rw,cpu
33 31 0:30 / /cg/memory rw - cgroup cgroup rw,memory
`;
const STAT = 'cpu  1000 50 500 8000 200 30 70 150 40 10\ncpu0 1 1 1 1 1 1 1 1 1 1\nintr 5\n';
/** What a v1 cgroup without a limit says. */
const UNLIMITED = '9223372036854771712\n';

describe('what surrounds a pool', () => {
  const host = new FakeHost();

  function reader(mountinfo: string): SurroundingsReader {
    const made = new SurroundingsReader(new CgroupTree(mountinfo, host.root), host.procfs);
    defer(() => made.close());
    return made;
  }

  /** Of the pool with process 7. */
  function read(from: SurroundingsReader) {
    return from.read([pool({ index: 3, tgids: [7] })]).get(3)!;
  }

  beforeEach(() => host.file('proc/stat', STAT));

  it('the host: seconds of CPU by what it was for; guests are in user time already', () => {
    assert.deepEqual(read(reader(V2)).host, {
      totalSeconds: 100,
      busySeconds: 16.5,
      interruptSeconds: 1,
      stealSeconds: 1.5,
      ioWaitSeconds: 2,
    });
    host.file('proc/stat', 'btime 5\n');
    assert.equal(read(reader(V2)).host, null);
  });

  it('v1: the tightest memory limit of the path, and its own figures with those of the cgroups below', () => {
    host.add({ pid: 7, cgroup: '4:memory:/a/b\n1:cpu:/\n0::/' });
    host.file('cg/memory/memory.limit_in_bytes', UNLIMITED);
    host.file('cg/memory/a/memory.limit_in_bytes', '67108864\n');
    host.file('cg/memory/a/b/memory.limit_in_bytes', '134217728\n');
    host.file('cg/memory/a/memory.usage_in_bytes', '66000000\n');
    host.file('cg/memory/a/memory.failcnt', '1234\n');
    host.file(
      'cg/memory/a/memory.stat',
      'pgmajfault 1\nworkingset_refault_anon 1\ntotal_pgmajfault 44\ntotal_workingset_refault_anon 5\ntotal_workingset_refault_file 600\n',
    );
    assert.deepEqual(read(reader(V1)).memory, {
      directory: join(host.root, 'cg/memory/a'),
      limitBytes: 67_108_864,
      usageBytes: 66_000_000,
      limitHits: 1234,
      refaults: 605,
      majorFaults: 44,
      stalledSomeSeconds: null,
      stalledFullSeconds: null,
    });
  });

  it('v2: memory.high counts as a limit; events, refaults and pressure where there are any', () => {
    host.add({ pid: 7, cgroup: '0::/a' });
    host.file('cg/a/memory.max', '268435456\n');
    host.file('cg/a/memory.high', '134217728\n');
    host.file('cg/a/memory.current', '100\n');
    host.file('cg/a/memory.events', 'low 9\nhigh 70\nmax 4\noom 1\noom_kill 1\n');
    host.file('cg/a/memory.stat', 'anon 5\nworkingset_refault_anon 2\nworkingset_refault_file 3\npgmajfault 8\n');
    const { directory, ...bare } = read(reader(V2)).memory!;
    const told = { usageBytes: 100, limitHits: 74, refaults: 5, majorFaults: 8 };
    assert.deepEqual(bare, { limitBytes: 134_217_728, ...told, stalledSomeSeconds: null, stalledFullSeconds: null });
    host.file(
      'cg/a/memory.pressure',
      'some avg10=0.1 avg60=0 avg300=0 total=2500000\nfull avg10=0 avg60=0 avg300=0 total=500000\n',
    );
    const { stalledSomeSeconds, stalledFullSeconds } = read(reader(V2)).memory!;
    assert.deepEqual([stalledSomeSeconds, stalledFullSeconds], [2.5, 0.5]);
  });

  it('no limit: nothing is read but the limits', () => {
    host.add({ pid: 7, cgroup: '4:memory:/a\n1:cpu:/\n0::/' });
    for (const at of ['', 'a/']) host.file(`cg/memory/${at}memory.limit_in_bytes`, UNLIMITED);
    const quiet = reader(V1);
    assert.deepEqual([read(quiet).memory, quiet.held], [null, 3]); // two limits and /proc/stat
    host.file('cg/a/memory.max', 'max\n');
    host.file('cg/a/memory.high', 'max\n');
    host.add({ pid: 7, cgroup: '0::/a' });
    assert.equal(read(reader(V2)).memory, null);
  });

  it('quota, v1 and v2: periods and throttled time of the tightest', () => {
    host.add({ pid: 7, cgroup: '1:cpu:/a\n0::/' });
    host.file('cg/cpu/a/cpu.cfs_quota_us', '50000\n');
    host.file('cg/cpu/a/cpu.cfs_period_us', '100000\n');
    host.file('cg/cpu/a/cpu.stat', 'nr_periods 90\nnr_throttled 80\nthrottled_time 7500000000\n');
    const told = { periods: 90, throttledPeriods: 80, throttledSeconds: 7.5 };
    assert.deepEqual(read(reader(V1)).quota, { directory: join(host.root, 'cg/cpu/a'), ...told });
    host.add({ pid: 7, cgroup: '0::/x/y' });
    host.file('cg/x/cpu.max', '50000 100000\n');
    host.file('cg/x/y/cpu.max', 'max 100000\n');
    host.file('cg/x/cpu.stat', 'usage_usec 5\nnr_periods 90\nnr_throttled 80\nthrottled_usec 7500000\n');
    assert.deepEqual(read(reader(V2)).quota, { directory: join(host.root, 'cg/x'), ...told });
  });

  it('a limit that is set while it looks, a cgroup that goes, a process that is moved', () => {
    host.add({ pid: 7, cgroup: '0::/a' });
    host.file('cg/a/memory.max', 'max\n');
    const from = reader(V2);
    assert.equal(read(from).memory, null);
    host.file('cg/a/memory.max', '4096\n');
    assert.equal(read(from).memory!.limitBytes, 4096);
    host.file('cg/b/memory.max', '8192\n');
    host.add({ pid: 7, cgroup: '0::/b' });
    const limits = Array.from({ length: 6 }, () => read(from).memory!.limitBytes);
    assert.deepEqual([limits[0], limits.at(-1)], [4096, 8192]);
    host.remove(7);
    const last = Array.from({ length: 7 }, () => read(from).memory);
    assert.equal(last.at(-1), null);
    assert.equal(from.held, 1);
  });

  it('pools in one cgroup read it once, and no file stays open for a pool that has gone', () => {
    host.file('cg/a/memory.max', '4096\n');
    for (const pid of [7, 8]) host.add({ pid, cgroup: '0::/a' });
    const from = reader(V2);
    const both = from.read([
      pool({ index: 0, tgids: [7] }),
      pool({ index: 1, tgids: [8] }),
      pool({ index: 2, tgids: [] }),
    ]);
    assert.deepEqual([both.get(0)!.memory, both.get(2)!.memory], [both.get(1)!.memory, null]);
    assert.ok(from.held >= 2);
    from.read([]);
    from.read([]);
    assert.equal(from.held, 1);
    rmSync(join(host.root, 'proc/stat'));
  });

  it('numbers by their key at the beginning of a line', () => {
    const text = 'high 5\nmax 70\nmaxi 3\n high 9\n';
    assert.deepEqual(
      ['high', 'max', 'maxi', 'gh', 'none'].map((key) => numberAfter(text, key)),
      [5, 70, 3, null, null],
    );
    assert.equal(numberAfter('max x\n', 'max'), null);
  });
});
