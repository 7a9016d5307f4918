import { type ChildProcess, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { native } from './build.ts';
import { ended, start } from './children.ts';

const START_MS = 10_000;

/** The core that is measured: the last one. Everything else here stays off it where there is another. */
export const CORE = availableParallelism() - 1;

let hold: string | undefined;

export type Held = { child: ChildProcess; pid: number; release: () => void; output: Promise<string> };

/** Starts a program on the measured core and stops it before main(), so that its pool can be set first. */
export async function startHeld(command: readonly string[], idle = false): Promise<Held> {
  hold ??= native('hold', true);
  const line = [...(idle ? ['chrt', '-i', '0'] : []), 'env', `LD_PRELOAD=${hold}`, ...command];
  const child = start(['taskset', '-c', `${CORE}`, ...line], { stdio: ['ignore', 'pipe', 'inherit'] });
  const output = collect(child);
  output.catch(() => {});
  await until(`${command[0]} to start`, () => ended(child) || state(child.pid!) === 'T');
  if (ended(child)) throw new Error(`${command.join(' ')} ended with ${child.exitCode}`);
  return { child, pid: child.pid!, release: () => void child.kill('SIGCONT'), output };
}

/** Keeps this process off the measured core. */
export function makeWay(): void {
  if (CORE > 0) execFileSync('taskset', ['-a', '-c', '-p', `0-${CORE - 1}`, `${process.pid}`], { stdio: 'ignore' });
}

function state(pid: number): string {
  try {
    return /\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

export function collect(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', reject).on('close', () => resolve(text));
  });
}

/** Polls; throws after 10 s. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let waited_ms = 0; waited_ms < START_MS; waited_ms += 2) {
    if (holds()) return;
    await sleep(2);
  }
  throw new Error(`waited ${START_MS / 1000} s for ${what}`);
}
