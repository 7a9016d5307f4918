import koffi from 'koffi';
import type { Pointer } from './ffi.ts';

/** A copy of `count` 32-bit words at a native address. */
export function nativeWords(address: Pointer, count: number): Uint32Array {
  return new Uint32Array(koffi.view(address, count * 4)).slice();
}
