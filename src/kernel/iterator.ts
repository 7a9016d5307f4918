import { closeSync, readSync } from 'node:fs';
import { KernelError } from './errors.ts';
import { loadNative } from './ffi.ts';

const CHUNK_BYTES = 1 << 16;

/** Runs an iterator program once over all that it iterates; what it wrote. @throws KernelError iterator */
export function runIterator(linkFd: number): Buffer {
  const fd = loadNative().bpf.createIter(linkFd);
  if (fd < 0) throw new KernelError('iterator', `cannot start a BPF iterator (errno ${-fd})`);
  const chunks: Buffer[] = [];
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const length = readRetrying(fd, chunk);
      if (length === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, length));
    }
  } finally {
    closeSync(fd);
  }
}

/** An iterator that has walked a million objects without output returns EAGAIN (kernel/bpf/bpf_iter.c). */
function readRetrying(fd: number, chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, chunk, 0, chunk.length, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
