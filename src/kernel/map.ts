import koffi from 'koffi';
import { KernelError } from './errors.ts';
import { lastErrno, loadNative, type Pointer } from './ffi.ts';

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffffffffffffffffn;

/** Memory shared with the kernel. After unmap() every view of it is empty: an access would be a SIGSEGV else. */
export class Mapping {
  readonly bytes: ArrayBuffer;
  readonly length: number;
  #address: Pointer | undefined;

  /** @throws KernelError map */
  constructor(fd: number, length: number, options: { writable: boolean; offset?: number }) {
    const { libc } = loadNative();
    const protection = options.writable ? PROT_READ | PROT_WRITE : PROT_READ;
    const address = libc.mmap(null, length, protection, MAP_SHARED, fd, options.offset ?? 0);
    if (BigInt(address) === MAP_FAILED) {
      throw new KernelError('map', `cannot map ${length} bytes of a BPF map (errno ${lastErrno()})`);
    }
    this.#address = address;
    this.length = length;
    this.bytes = koffi.view(address, length);
  }

  unmap(): void {
    if (this.#address === undefined) return;
    this.bytes.transfer(0);
    loadNative().libc.munmap(this.#address, this.length);
    this.#address = undefined;
  }
}

const ENOENT = 2;

/** A map reached by system calls, for what is not read often. Keys and values in the machine's byte order. */
export class SyscallMap {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** @throws KernelError map */
  update(key: Uint8Array | null, value: Uint8Array): void {
    const result = loadNative().bpf.update(this.#fd, key, value, 0);
    if (result < 0) throw new KernelError('map', `cannot update a BPF map (errno ${-result})`);
  }

  /** Absent is no error. @throws KernelError map */
  remove(key: Uint8Array): void {
    const result = loadNative().bpf.remove(this.#fd, key);
    if (result < 0 && result !== -ENOENT)
      throw new KernelError('map', `cannot delete from a BPF map (errno ${-result})`);
  }
}

/** One 32-bit word in the machine's byte order. */
export function word(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}
