import assert from 'node:assert/strict';
import { containerAware, parseGomaxprocs } from '../../../src/pools/kinds/go.ts';
import { recognise } from '../../../src/pools/kinds/index.ts';
import { threadpoolSize } from '../../../src/pools/kinds/node.ts';
import { ProcessView } from '../../../src/pools/view.ts';
import { elfWithBuildInfo } from './fake_elf.ts';
import { FakeHost, type FakeProcess } from './fake_proc.ts';

const V2 = '31 23 0:28 / /cg rw,relatime shared:9 - cgroup2 cgroup2 rw\n';

describe('kinds and their sizes', () => {
  const host = new FakeHost();

  function sized(...processes: FakeProcess[]) {
    for (const process of processes) host.add(process);
    const views = processes.map(({ pid }) => new ProcessView(pid, host.procfs));
    const rules = recognise(views[0]!);
    return { kind: rules.kind, ...rules.size(views, host.limits(V2)) };
  }

  function goProcess(version: string, modules: string, rest: Partial<FakeProcess> = {}): FakeProcess {
    host.file('app', elfWithBuildInfo(version, modules));
    return { pid: 10, exe: `${host.root}/app`, ...rest };
  }

  describe('Go', () => {
    const aware = 'path\tx\nmod\tx\t(devel)\t\n';
    const unaware = `${aware}build\tDefaultGODEBUG=containermaxprocs=0,updatemaxprocs=0\n`;
    const quota = (text: string) => host.file('cg/a/cpu.max', `${text} 100000\n`);

    it('GOMAXPROCS in its environment', () => {
      const result = sized(goProcess('go1.24.1', aware, { environ: { GOMAXPROCS: '8' } }));
      assert.deepEqual(result, {
        kind: 'go',
        size: 8,
        source: 'environment',
        reason: 'GOMAXPROCS=8 in its environment',
      });
    });

    it('before 1.25: the affinity mask, whatever the quota', () => {
      quota('150000');
      const result = sized(
        goProcess('go1.24.1', aware, { cgroup: '0::/a', cpus: '0-4', environ: { GOMAXPROCS: '0' } }),
      );
      assert.deepEqual([result.size, result.source], [5, 'runtime']);
    });

    it('from 1.25 on: the quota rounded up, 2 at least, the affinity at most', () => {
      for (const [given, size] of [
        ['250000', 3],
        ['50000', 2],
        ['1200000', 8],
        ['max', 8],
      ] as const) {
        quota(given);
        assert.equal(sized(goProcess('go1.25.0', aware, { cgroup: '0::/a' })).size, size, given);
      }
      quota('250000');
      assert.equal(sized(goProcess('go1.25.0', aware, { cgroup: '0::/a', cpus: '3' })).size, 1);
    });

    it('from 1.25 on the quota of its own cgroup only: an ancestor is not looked at', () => {
      quota('250000');
      host.file('cg/a/b/cpu.max', 'max 100000\n');
      assert.equal(sized(goProcess('go1.26.8', aware, { cgroup: '0::/a/b' })).size, 8);
    });

    it('an older language version, or GODEBUG, turns that off; GODEBUG in the environment is last to say', () => {
      quota('250000');
      const at = (modules: string, GODEBUG = '') =>
        sized(goProcess('go1.26.8', modules, { cgroup: '0::/a', environ: { GODEBUG } })).size;
      assert.deepEqual([at(aware), at(unaware)], [3, 8]);
      assert.deepEqual([at(aware, 'containermaxprocs=0'), at(unaware, 'x=1,containermaxprocs=1')], [8, 3]);
      assert.deepEqual(
        [at(aware, 'containermaxprocs=x'), at(aware, 'containermaxprocs=0,containermaxprocs=1')],
        [3, 3],
      );
    });

    it('reads a long list of modules to its end', () => {
      quota('250000');
      const dependencies = Array.from({ length: 500 }, (_, i) => `dep\texample.org/m${i}\tv1.0.0\th1:x=\n`).join('');
      const modules = `${aware}${dependencies}build\tDefaultGODEBUG=containermaxprocs=0\n`;
      assert.equal(sized(goProcess('go1.26.8', modules, { cgroup: '0::/a' })).size, 8);
    });

    it('automaxprocs: the quota rounded down, 1 at least, unless the environment says something', () => {
      const modules = `${aware}dep\tgo.uber.org/automaxprocs\tv1.5.3\th1:x=\n`;
      const at = (given: string, environ = {}) => {
        quota(given);
        return sized(goProcess('go1.22.0', modules, { cgroup: '0::/a', environ })).size;
      };
      assert.deepEqual([at('250000'), at('50000'), at('max'), at('250000', { GOMAXPROCS: 'x' })], [2, 1, 8, 8]);
    });

    it('pointers to strings, as linked before 1.18, and no build information at all', () => {
      host.file('old', elfWithBuildInfo('go1.16.3', aware, { inline: false }));
      const old = sized({ pid: 11, exe: `${host.root}/old` });
      assert.deepEqual([old.kind, old.size], ['go', 8]);
      assert.match(old.reason, /^go1\.16\.3 /);
      host.file('cut', elfWithBuildInfo('go1.26.0', aware).subarray(0, 200));
      assert.equal(sized({ pid: 12, exe: `${host.root}/cut` }).kind, 'generic');
    });

    it('two processes add up', () => {
      const first = goProcess('go1.24.1', aware, { environ: { GOMAXPROCS: '8' } });
      const both = sized(first, { ...first, pid: 11, environ: { GOMAXPROCS: '4' } });
      assert.deepEqual([both.size, both.reason], [12, '2 processes, the first: GOMAXPROCS=8 in its environment']);
    });

    it('strconv.ParseInt decides what a number is', () => {
      const texts = [
        '8',
        '+8',
        '08',
        '0',
        '-3',
        '8 ',
        ' 8',
        '8x',
        '',
        '1_0',
        '0x8',
        '2147483647',
        '2147483648',
        undefined,
      ];
      const numbers = [8, 8, 8, null, null, null, null, null, null, null, null, 2147483647, null, null];
      assert.deepEqual(texts.map(parseGomaxprocs), numbers);
    });

    it('versions', () => {
      const at = (version: string) => containerAware({ version, godebug: new Map(), modules: new Set() }, undefined);
      const versions = ['go1.24.9', 'go1.25', 'go1.25rc1', 'go1.26.8', 'devel go1.26-abc', 'go1.9', ''];
      assert.deepEqual(versions.map(at), [false, true, true, true, true, false, false]);
    });
  });

  it('nginx: worker processes, not the master, caches, or workers that shut down', () => {
    const nginx = (pid: number, title: string): FakeProcess => ({
      pid,
      comm: 'nginx',
      cmdline: [title],
      exe: '/usr/sbin/nginx',
    });
    const master = nginx(10, 'nginx: master process /usr/sbin/nginx -g daemon off;');
    const rest = ['cache manager process', 'cache loader process', 'worker process is shutting down'];
    const others = rest.map((title, i) => nginx(20 + i, `nginx: ${title}`));
    const workers = [nginx(30, 'nginx: worker process'), nginx(31, 'nginx: worker process')];
    const result = sized(master, ...others, ...workers);
    assert.deepEqual(result, { kind: 'nginx', size: 2, source: 'processes', reason: '2 nginx worker processes' });
    assert.equal(sized(master).size, null);
    assert.equal(sized(nginx(10, 'nginx -g master_process off;')).size, 1);
  });

  it('Node 24: threads have names', () => {
    const threads = {
      11: 'DelayedTaskSche',
      12: 'V8Worker',
      13: 'SignalInspector',
      14: 'WorkerThread',
      15: 'my-worker',
    };
    const node: FakeProcess = { pid: 10, comm: 'MainThread', exe: '/usr/bin/node', threads };
    const idle = sized(node);
    assert.deepEqual([idle.kind, idle.size, idle.source], ['node', 7, 'runtime']);
    assert.equal(idle.reason, '1 event loop + 4 libuv threads once it uses them + 2 worker threads');
    const busy = sized({ ...node, threads: { ...threads, 16: 'libuv-worker', 17: 'libuv-worker' } });
    assert.deepEqual([busy.size, busy.reason], [5, '1 event loop + 2 libuv threads + 2 worker threads']);
  });

  it('Node 22: worker threads are what is left of those called node; Node 20: not told apart', () => {
    const names = Object.fromEntries([11, 12, 13, 14, 15, 16].map((tid) => [tid, 'node']));
    const node: FakeProcess = { pid: 10, comm: 'node', exe: '/usr/bin/node', environ: { UV_THREADPOOL_SIZE: '8' } };
    const of22 = sized({ ...node, threads: { ...names, 17: 'DelayedTaskSche' } });
    assert.deepEqual([of22.size, of22.source], [1 + 8 + 1, 'environment']);
    const of20 = sized({ ...node, threads: names });
    assert.equal(of20.size, 9);
    assert.match(of20.reason, /not told apart before Node 22/);
  });

  it('libuv reads UV_THREADPOOL_SIZE as atoi does', () => {
    const texts = [undefined, '8', ' 8x', '0', '', 'x', '2000', '-1'];
    assert.deepEqual(texts.map(threadpoolSize), [4, 8, 8, 1, 1, 1, 1024, 1024]);
  });

  it('PostgreSQL: client backends, not the auxiliary processes', () => {
    const postgres = (pid: number, title: string): FakeProcess => ({
      pid,
      comm: 'postgres',
      cmdline: [title],
      exe: '/usr/lib/postgresql/15/bin/postgres',
    });
    const helpers = [
      'checkpointer ',
      '15/main: background writer ',
      'walwriter ',
      'autovacuum launcher ',
      'logical replication launcher ',
    ];
    const all = helpers.map((title, i) => postgres(20 + i, `postgres: ${title}`));
    const master = postgres(10, '/usr/lib/postgresql/15/bin/postgres -D /x');
    const none = sized(master, ...all);
    assert.deepEqual([none.kind, none.size], ['postgres', null]);
    const busy = sized(
      master,
      ...all,
      postgres(30, 'postgres: 15/main: app shop 10.0.0.1(4711) idle'),
      postgres(31, 'postgres: app shop [local] SELECT'),
    );
    assert.deepEqual([busy.size, busy.source], [2, 'processes']);
  });

  it('Redis: the main thread and its I/O threads', () => {
    const threads = { 11: 'bio_close_file', 12: 'io_thd_1', 13: 'io_thd_2', 14: 'jemalloc_bg_thd' };
    const redis = sized({ pid: 10, comm: 'redis-server', exe: '/usr/bin/redis-check-rdb', threads });
    assert.deepEqual([redis.kind, redis.size, redis.reason], ['redis', 3, '1 main thread + 2 I/O threads']);
  });

  it('JVM and anything else: not known', () => {
    assert.deepEqual(
      [sized({ pid: 10, exe: '/usr/lib/jvm/bin/java' })].map(({ kind, size }) => [kind, size]),
      [['jvm', null]],
    );
    assert.deepEqual(
      [sized({ pid: 10, exe: '/bin/none' })].map(({ kind, size }) => [kind, size]),
      [['generic', null]],
    );
  });
});
