import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from '../kernel/lock.ts';
import { codeOf } from './fault.ts';

/** The `code` of the error that says: another process has the folder. */
export const IN_USE = 'STATE_IN_USE';

/**
 * Takes a folder for this process; the lock goes with the descriptor that is returned, or with the process. In a read-only
 * folder it is taken on a lock file that is there already.
 * @throws an Error with code IN_USE, or that of the system call that failed
 */
export function lockFolder(folder: string): number {
  const fd = openLock(join(folder, 'lock'));
  try {
    if (!fstatSync(fd).isFile()) throw new Error('its lock is no file');
    if (!tryLock(fd)) throw inUse(folder, holder(fd));
    if (!isLock(folder, fd)) throw new Error('its lock was replaced meanwhile');
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Whether the lock that is held is still that of the folder: not where somebody has removed it, or mounted over it. */
export function isLock(folder: string, fd: number): boolean {
  const [held, there] = [fstatSync(fd), lstatSync(join(folder, 'lock'), { throwIfNoEntry: false })];
  return there?.ino === held.ino && there.dev === held.dev;
}

/** Not through a symbolic link, and without waiting for the other end of a pipe. */
function openLock(path: string): number {
  const { O_RDWR, O_RDONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    return openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (error) {
    if (codeOf(error) === 'ELOOP') throw new Error('its lock is a symbolic link');
    if (!['EROFS', 'EACCES'].includes(codeOf(error))) throw error;
    try {
      return openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch {
      throw error;
    }
  }
}

/** For the message of the next one that wants the folder. @throws where nothing can be written: a full disk, too */
export function notePid(folder: string): void {
  const fd = openSync(join(folder, 'lock'), constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW);
  try {
    writeFileSync(fd, `${process.pid}\n`);
  } finally {
    closeSync(fd);
  }
}

function holder(fd: number): string {
  const text = Buffer.alloc(16);
  const length = readSync(fd, text, 0, text.length, 0);
  const pid = /^(\d+)\n/.exec(text.toString('latin1', 0, length))?.[1];
  return pid === undefined ? '' : ` (pid ${pid})`;
}

function inUse(folder: string, pid: string): Error {
  const remedy = 'Stop that one, or give this one a folder of its own with --state.dir.';
  const message = `another pooldrift${pid} has the state folder ${folder}\n  ${remedy}`;
  return Object.assign(new Error(message), { code: IN_USE });
}
