import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bpfObject, scratch } from './build.ts';
import { end, ended, start } from './children.ts';
import { until } from './held.ts';
import { loadObject, withStatistics } from './libbpf.ts';
import { programsOf } from './programs.ts';

/** A program under measurement, attached. */
export type Running = {
  /** Processes that hold its BPF programs. */
  pids: readonly number[];
  /** Puts a process into the pool, where the tool knows pools. */
  adopt: (pid: number) => void;
  stop: () => Promise<void>;
};

export type Tool = { name: string; start: () => Promise<Running>; missing?: string };

const SETTLE_MS = 300;

/** Empty programs on the named events: dispatch, and nothing else. */
export function empty(...programs: string[]): Tool {
  let object: string | undefined;
  return {
    name: 'an empty program',
    start: async () => {
      object ??= bpfObject('empty');
      const loaded = await loadObject('empty', object);
      await loaded.attach(programs);
      return { pids: [process.pid], adopt: () => {}, stop: async () => loaded.close() };
    },
  };
}

/** libbpf-tools runqlat; it prints when it is ended. */
export const runqlat: Tool = tracer('libbpf-tools runqlat', '/usr/sbin/runqlat', (path) => [path, '86400', '1']);

/** bpftrace's runqlat.bt as installed, less the kernel header that it needs for one constant. */
export const bpftrace: Tool = tracer('bpftrace runqlat.bt', '/usr/sbin/runqlat.bt', (path) => {
  const script = join(scratch(), 'runqlat.bt');
  const text = readFileSync(path, 'utf8')
    .replace(/^#include.*$/m, '')
    .replace('TASK_RUNNING', '0');
  writeFileSync(script, text);
  // A mount namespace of its own: tracefs may not be mounted, and nothing is left behind.
  const mount = 'mount -t tracefs none /sys/kernel/tracing && exec bpftrace "$1"';
  return ['unshare', '-m', 'sh', '-c', mount, 'sh', script];
});

function tracer(name: string, path: string, command: (path: string) => string[]): Tool {
  if (!existsSync(path)) return { name, start: () => Promise.reject(new Error(`no ${path}`)), missing: `no ${path}` };
  return {
    name,
    start: async () => {
      const child = start(command(path));
      await attached(child, name);
      return { pids: [child.pid!], adopt: () => {}, stop: () => end(child) };
    },
  };
}

/** Until it has loaded and its programs are seen to run: a tracer says that it is ready before it is. */
async function attached(child: ChildProcess, name: string): Promise<void> {
  await until(`${name} to load`, () => ended(child) || switchRuns(child) !== null);
  if (ended(child)) throw new Error(`${name} ended with ${child.exitCode}`);
  await withStatistics(() => until(`${name} to run`, () => (switchRuns(child) ?? 0) > 0));
  await sleep(SETTLE_MS);
}

/** Runs of its sched_switch program that the kernel counted; null: none is loaded. */
function switchRuns(child: ChildProcess): number | null {
  return programsOf([child.pid!]).find(({ name }) => /switch/.test(name))?.runs ?? null;
}
