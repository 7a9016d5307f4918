import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { defer } from '../lib/cleanup.ts';

/** Any program beside the test, on loopback only; ended with the test. */
export async function program(
  command: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<ChildProcess & { pid: number }> {
  const path = `${process.env.PATH}:/usr/sbin:/sbin`;
  const child = spawn(command, args, { stdio: 'ignore', env: { ...process.env, PATH: path, ...env } });
  await once(child, 'spawn');
  defer(() => end(child));
  return child as ChildProcess & { pid: number };
}

/** Ends it and waits for it. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), 3000);
  await exited;
  clearTimeout(late);
}
