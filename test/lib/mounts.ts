import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { defer } from './cleanup.ts';

const REMOUNTS = 100;

/** A file system in memory at `path`, which is made; unmounted after the test. */
export function tmpfs(path: string, kib: number): void {
  mkdirSync(path, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k,mode=0700`, 'pooldrift-test', path]);
  defer(() => void execFileSync('umount', [path]));
}

/** A file that has just been written is open for some moments yet. */
export async function remount(path: string, how: 'ro' | 'rw'): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return void execFileSync('mount', ['-o', `remount,${how}`, path], { stdio: ['ignore', 'ignore', 'pipe'] });
    } catch (error) {
      if (tries === REMOUNTS) throw error;
    }
    await sleep(50);
  }
}
