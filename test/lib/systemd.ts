import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defer } from './cleanup.ts';
import { deployed, ROOT } from './deploy.ts';

const SYSTEMD = '/lib/systemd/systemd';
const HIERARCHIES = ['/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'];
const HOME = '/run/manager';
const TRIES = 100;

/** Why no systemd can be started beside the system's; null: it can. */
export function noSystemd(): string | null {
  return existsSync(SYSTEMD) ? null : `${SYSTEMD} is not installed`;
}

/**
 * What PID 1 would have made for it: the places that hide what a unit is not to see, and sockets that every user may write to.
 * Then the project where the unit looks for it, and the unit. $1: the checkout, $2: the cgroups.
 */
const PREPARE = `
for cgroup in $2; do echo $$ >$cgroup/cgroup.procs; done
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/systemd/system /run/systemd/inaccessible/dir ${HOME}/config/systemd/user/pooldrift.service.d
cd /run/systemd/inaccessible
touch reg
mkfifo fifo
mknod chr c 0 0
mknod blk b 0 0
chmod 0 dir reg fifo chr blk
mount -t tmpfs -o mode=755 tmpfs /opt
mkdir /opt/pooldrift
mount --bind "$1" /opt/pooldrift
cd ${HOME}
printf %s "$UNIT" >config/systemd/user/pooldrift.service
printf %s "$DROP_IN" >config/systemd/user/pooldrift.service.d/test.conf
printf %s "$CONFIG" >pooldrift.yaml
export XDG_RUNTIME_DIR=${HOME} XDG_CONFIG_HOME=${HOME}/config XDG_STATE_HOME=${HOME}/state XDG_CACHE_HOME=${HOME}/cache
unset NOTIFY_SOCKET UNIT DROP_IN CONFIG
umask 0
exec ${SYSTEMD} --user --log-target=null
`;

export type Managed = {
  /** The daemon's. */
  config: string;
  port: number;
  /** What the daemon prints goes there. */
  log: string;
  /** More lines of [Service]. */
  settings: string;
};

/** A real systemd, not the system's: in a mount namespace and cgroups of its own, with the unit of deploy/ and a drop-in. */
export class Systemd {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start({ config, port, log, settings }: Managed): Promise<Systemd> {
    const cgroups = ownCgroups();
    const flags = `--config.file=${HOME}/pooldrift.yaml --web.listen-address=127.0.0.1:${port}`;
    const path = `${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`;
    const lines = [`Environment="POOLDRIFT_FLAGS=${flags}" PATH=${path}`, `StandardError=append:${log}`, settings];
    const env = {
      ...process.env,
      UNIT: deployed('systemd/pooldrift.service'),
      DROP_IN: `[Service]\n${lines.join('\n')}\n`,
      CONFIG: config,
    };
    const args = ['--mount', '--propagation=private', 'sh', '-ec', PREPARE, 'sh', ROOT, cgroups.join(' ')];
    const child = spawn('unshare', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    const systemd = new Systemd(child);
    defer(() => systemd.#end(cgroups));
    for (let tries = 0; !(await systemd.#answers()); tries++) {
      if (tries === TRIES || child.exitCode !== null) throw new Error('systemd does not answer');
      await sleep(100);
    }
    return systemd;
  }

  async #answers(): Promise<boolean> {
    return (await this.systemctl('show', '--property=Version')).code === 0;
  }

  /** systemctl ARGS, asked of this one. */
  async systemctl(...args: string[]): Promise<{ code: number | null; said: string }> {
    const inside = ['--target', String(this.#child.pid), '--mount', 'env', `XDG_RUNTIME_DIR=${HOME}`];
    const child = spawn('nsenter', [...inside, 'systemctl', '--user', '--no-pager', ...args], { timeout: 90_000 });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    await once(child, 'close');
    return { code: child.exitCode, said };
  }

  /** A property of the unit. */
  async property(name: string): Promise<string> {
    return (await this.systemctl('show', '--value', `--property=${name}`, 'pooldrift.service')).said.trim();
  }

  async #end(cgroups: readonly string[]): Promise<void> {
    const ended = this.#child.exitCode !== null || this.#child.signalCode !== null;
    const exited = ended ? null : once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 20_000);
    await exited;
    clearTimeout(late);
    for (const cgroup of cgroups) await remove(cgroup);
  }
}

/** A cgroup of its own in each hierarchy that systemd uses: it moves everything in the one that it is started in. */
function ownCgroups(): string[] {
  const roots = HIERARCHIES.filter((folder) => existsSync(join(folder, 'cgroup.procs')));
  return roots.map((root) => {
    const made = join(root, `pooldrift-test-systemd-${process.pid}`);
    mkdirSync(made);
    return made;
  });
}

/** With all below, and with what still runs there. */
async function remove(cgroup: string): Promise<void> {
  for (const entry of readdirSync(cgroup, { withFileTypes: true }))
    if (entry.isDirectory()) await remove(join(cgroup, entry.name));
  for (let tries = 1; ; tries++) {
    try {
      return rmdirSync(cgroup);
    } catch (error) {
      if (tries === TRIES) throw error;
    }
    for (const pid of readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) kill(Number(pid));
    await sleep(50);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {} // it has gone
}
