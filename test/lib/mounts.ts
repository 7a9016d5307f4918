import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { defer } from './cleanup.ts';

/** A file system in memory at `path`, which is made; unmounted after the test. */
export function tmpfs(path: string, kib: number): void {
  mkdirSync(path, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k,mode=0700`, 'pooldrift-test', path]);
  defer(() => void execFileSync('umount', [path]));
}

export function remount(path: string, how: 'ro' | 'rw'): void {
  execFileSync('mount', ['-o', `remount,${how}`, path]);
}
