import { getSystemErrorName } from 'node:util';
import { lastErrno, loadLibc } from './ffi.ts';

const LOCK_EX = 2;
const LOCK_NB = 4;
const EWOULDBLOCK = 11;

/**
 * flock(2), at once: false where another open file has it. The kernel drops it when the last descriptor goes, also that
 * of a process which was killed.
 * @throws an Error with a `code`, such as ENOLCK, where this file system has no locks
 */
export function tryLock(fd: number): boolean {
  if (loadLibc().flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
  const errno = lastErrno();
  if (errno === EWOULDBLOCK) return false;
  const code = getSystemErrorName(-errno);
  throw Object.assign(new Error(`${code}: flock`), { code });
}
