import { readFileSync } from 'node:fs';
import koffi from 'koffi';
import type { Pointer } from './ffi.ts';

/** A copy of `count` 32-bit words at a native address. */
export function nativeWords(address: Pointer, count: number): Uint32Array {
  return new Uint32Array(koffi.view(address, count * 4)).slice();
}

/** Kernel memory of BPF maps: what the kernel itself says in their fdinfo (`memlock`), bytes. */
export function memoryOf(mapFds: readonly number[]): number {
  return mapFds.reduce((sum, fd) => sum + Number(/^memlock:\t(\d+)/m.exec(fdinfo(fd))?.[1] ?? 0), 0);
}

function fdinfo(fd: number): string {
  return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
}
