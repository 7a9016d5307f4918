import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Listener } from '../../../src/decode/event.ts';
import { CgroupTree } from '../../../src/pools/cgroup.ts';
import { CpuLimits } from '../../../src/pools/cpulimit.ts';
import { Procfs } from '../../../src/pools/procfs.ts';
import { Tracker } from '../../../src/pools/tracker.ts';
import { configOf, Recorder } from './recorder.ts';

const LISTEN = '0A';

/** Real programs beside the test, on loopback; ended, with their files, after each test. */
export class RealHost {
  directory = '';
  readonly #children: ChildProcess[] = [];

  constructor() {
    beforeEach(() => {
      this.directory = mkdtempSync(join(tmpdir(), 'pooldrift-real-'));
    });
    afterEach(async () => {
      for (const child of this.#children.splice(0).reverse()) await stop(child);
      rmSync(this.directory, { recursive: true, force: true });
    });
  }

  /** Starts a program and waits for its first line, where it is to say one. */
  async start(
    command: string,
    args: string[],
    env: NodeJS.ProcessEnv = {},
    line = false,
  ): Promise<{ pid: number; said: string }> {
    const child = spawn(command, args, {
      stdio: ['ignore', line ? 'pipe' : 'ignore', 'ignore'],
      env: { ...process.env, ...env },
    });
    this.#children.push(child);
    await once(child, 'spawn');
    const [said] = line ? await once(child.stdout!, 'data') : [''];
    return { pid: child.pid!, said: String(said).trim() };
  }

  file(name: string, text: string): string {
    writeFileSync(join(this.directory, name), text);
    return join(this.directory, name);
  }

  /** Waits until one of these processes, or of their children, listens on TCP. */
  async listening(pid: number): Promise<number> {
    for (let tries = 0; tries < 200; tries++, await sleep(25)) {
      const found = realListeners(family(pid));
      if (found.length > 0) return found[0]!.port;
    }
    throw new Error(`process ${pid} does not listen`);
  }

  /** A tracker over the real /proc that sees these programs and their children listen. */
  track(yaml: string, ...pids: number[]): { tracker: Tracker; membership: Recorder } {
    const membership = new Recorder();
    const procfs = new Procfs();
    const cpuLimits = new CpuLimits(new CgroupTree(readFileSync('/proc/self/mountinfo', 'utf8')));
    const listeners = () => realListeners(pids.flatMap(family));
    const log = { info: () => {}, warn: () => {} };
    const config = configOf(yaml);
    const tracker = new Tracker({ config, membership, procfs, cpuLimits, listeners, log, selfPid: process.pid });
    tracker.start(0);
    return { tracker, membership };
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 3000);
  await once(child, 'exit');
  clearTimeout(late);
}

/** A process and its children. */
export function family(pid: number): number[] {
  const procfs = new Procfs();
  return [pid, ...procfs.pids().filter((other) => procfs.ppid(other) === pid)];
}

/** Listening TCP sockets by the inodes of open files: slow, but nothing to do with how the daemon finds them. */
function realListeners(pids: number[]): Listener[] {
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  const ports = new Map(
    rows.filter((row) => row[3] === LISTEN).map((row) => [row[9]!, Number.parseInt(row[1]!.split(':')[1]!, 16)]),
  );
  return pids.flatMap((tgid) =>
    inodes(tgid).flatMap((inode) =>
      ports.has(inode) ? [{ tgid, port: ports.get(inode)!, family: 4 as const, netns: 1 }] : [],
    ),
  );
}

function inodes(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode ? [inode] : [];
    });
  } catch {
    return [];
  }
}

/** Where a program is, or null. */
export function which(program: string): string | null {
  const places = `${process.env.PATH}:/usr/sbin:/usr/local/go/bin:/usr/lib/go/bin`.split(':');
  return places.map((place) => join(place, program)).find((path) => existsSync(path)) ?? null;
}

/** Builds a Go program whose main module has a language version; modules are not downloaded. */
export function buildGo(go: string, directory: string, language: string, source: string): string {
  writeFileSync(join(directory, 'go.mod'), `module example.org/app\n\ngo ${language}\n`);
  writeFileSync(join(directory, 'main.go'), source);
  const binary = join(directory, `app-${language}`);
  execFileSync(go, ['build', '-p', '1', '-o', binary, '.'], {
    cwd: directory,
    stdio: 'pipe',
    env: { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' },
  });
  return binary;
}
