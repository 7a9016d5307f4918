import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { native } from './build.ts';
import { end, start } from './children.ts';
import { until } from './held.ts';

/** Runs `work` beside `count` processes of `threads` threads, each of which wakes up once a second. */
export async function withCrowds<T>(count: number, threads: number, work: (pids: number[]) => Promise<T>): Promise<T> {
  const binary = native('company');
  const children: ChildProcess[] = [];
  try {
    for (let i = 0; i < count; i++) children.push(start([binary, 'crowd', `${threads}`]));
    const pids = children.map(({ pid }) => pid!);
    await until('the crowds to gather', () => pids.every((pid) => threadsOf(pid).length === threads));
    return await work(pids);
  } finally {
    await Promise.all(children.map((child) => end(child)));
  }
}

export function threadsOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map(Number);
}
