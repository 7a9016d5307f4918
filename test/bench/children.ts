import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';

const alive = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

/** Starts a program that does not outlive this one. */
export function start(command: readonly string[], options: SpawnOptions = { stdio: 'ignore' }): ChildProcess {
  const [file, ...args] = command;
  const child = spawn(file!, args, options);
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  return child;
}

export function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Ends a child that start() started and waits until it is gone; SIGKILL, which no tracer can miss, drops its programs too. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (ended(child)) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  const patience = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(patience);
}
