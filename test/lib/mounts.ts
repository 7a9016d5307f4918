import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { defer } from './cleanup.ts';

const TRIES = 100;

/** A file system in memory at `path`, which is made; unmounted after the test. */
export function tmpfs(path: string, kib: number): void {
  mkdirSync(path, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k,mode=0700`, 'pooldrift-test', path]);
  defer(() => untilFree('umount', [path]));
}

export function remount(path: string, how: 'ro' | 'rw'): Promise<void> {
  return untilFree('mount', ['-o', `remount,${how}`, path]);
}

/** A file that has just been written, or whose program has just ended, is open for some moments yet. */
async function untilFree(command: 'mount' | 'umount', words: string[]): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return void execFileSync(command, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    } catch (error) {
      if (tries === TRIES) throw error;
    }
    await sleep(50);
  }
}
