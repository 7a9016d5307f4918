import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { trustedOwners, unsafe } from './safety.ts';

/** A certificate bundle of a whole system has a quarter of it. */
const BYTES_MAX = 2 ** 20;

/**
 * A small file on which root acts: a password, a token, a certificate, a key. Never waits for a writer, as a pipe
 * would. As root it is refused where others can write it; that others may read it is its owner's choice (a mounted
 * Secret of Kubernetes has mode 0644). @throws Error for a person, without the file's content
 */
export function readCredential(file: string): Buffer {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const problem = unsafe(fd, resolve(file), process.getuid?.() ?? 0, trustedOwners(process.env));
    if (problem !== null) throw new Error(problem);
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new Error('it is no file');
    if (stats.size > BYTES_MAX) throw new Error('it has more than 1 MiB');
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
