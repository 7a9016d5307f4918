import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { workload } from './build.ts';
import { defer } from './cleanup.ts';

export type Workload = {
  pid: number;
  /** Its workers, as it named them. */
  tids: number[];
  /** The next line it prints; rejects when it ends first. */
  line(): Promise<string>;
  write(line: string): void;
  stop(): Promise<void>;
};

/** Starts test/workloads/NAME and waits for its "ready" line. Ends with the test. */
export async function startWorkload(name: string, ...args: (string | number)[]): Promise<Workload> {
  return startProgram(workload(name), args.map(String));
}

/** Starts any program that prints "ready PID TID..." and ends when its stdin closes. */
export async function startProgram(
  program: string,
  args: string[],
  env = process.env,
  onError = pass,
): Promise<Workload> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
  createInterface({ input: child.stderr! }).on('line', onError);
  defer(() => stop(child));
  child.stdin!.on('error', () => {}); // EPIPE: it has ended, which stop() sees
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${program} ended before its line`);
    return value;
  };
  const [word, pid, ...tids] = (await line()).split(' ');
  if (word !== 'ready') throw new Error(`${program} said ${word}, not ready`);
  return {
    pid: Number(pid),
    tids: tids.map(Number),
    line,
    write: (text) => child.stdin!.write(`${text}\n`),
    stop: () => stop(child),
  };
}

function pass(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
  child.stdin!.end();
  await exited;
  clearTimeout(timer);
}
