import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CgroupTree } from '../../../src/pools/cgroup.ts';
import { CpuLimits } from '../../../src/pools/cpulimit.ts';
import { Procfs } from '../../../src/pools/procfs.ts';

export type FakeProcess = {
  pid: number;
  ppid?: number;
  comm?: string;
  cmdline?: string[];
  exe?: string;
  cgroup?: string;
  uid?: number;
  /** Beside the leader: thread id to comm. */
  threads?: Record<number, string>;
  environ?: Record<string, string>;
  cpus?: string;
  state?: string;
  flags?: number;
};

/** A tree of files like /proc and /sys/fs/cgroup; removed after each test. */
export class FakeHost {
  root = '';

  constructor() {
    beforeEach(() => {
      this.root = mkdtempSync(join(tmpdir(), 'pooldrift-proc-'));
      this.file('online', '0-7\n');
    });
    afterEach(() => rmSync(this.root, { recursive: true, force: true }));
  }

  get procfs(): Procfs {
    return new Procfs(join(this.root, 'proc'));
  }

  limits(mountinfo = ''): CpuLimits {
    return new CpuLimits(new CgroupTree(mountinfo, this.root), join(this.root, 'online'));
  }

  file(name: string, text: string | Buffer): void {
    const path = join(this.root, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  }

  add(process: FakeProcess): void {
    const { pid, ppid = 1, comm = 'app', cmdline = [comm], exe, cgroup = '0::/', uid = 0, threads = {} } = process;
    const { environ = {}, cpus = '0-7', state = 'S', flags = 0 } = process;
    this.remove(pid);
    const write = (name: string, text: string) => this.file(`proc/${pid}/${name}`, text);
    write('comm', `${comm}\n`);
    write('cmdline', `${cmdline.join('\0')}\0`);
    write('cgroup', `${cgroup}\n`);
    write(
      'environ',
      Object.entries(environ)
        .map(([key, value]) => `${key}=${value}\0`)
        .join(''),
    );
    const fields = [state, ppid, 0, 0, 0, 0, flags, ...Array(12).fill(0), pid * 100];
    write('stat', `${pid} (${comm}) ${fields.join(' ')}\n`);
    const count = Object.keys(threads).length + 1;
    write(
      'status',
      `Name:\t${comm}\nPPid:\t${ppid}\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nNSpid:\t${pid}\nThreads:\t${count}\nCpus_allowed_list:\t${cpus}\n`,
    );
    if (exe) symlinkSync(exe, join(this.root, `proc/${pid}/exe`));
    for (const [tid, name] of Object.entries({ [pid]: comm, ...threads })) this.thread(pid, Number(tid), name);
  }

  thread(pid: number, tid: number, comm: string): void {
    this.file(`proc/${pid}/task/${tid}/comm`, `${comm}\n`);
  }

  remove(pid: number): void {
    rmSync(join(this.root, `proc/${pid}`), { recursive: true, force: true });
  }
}
