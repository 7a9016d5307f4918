import { KernelError } from './errors.ts';
import { lastErrno, loadNative } from './ffi.ts';
import { Mapping, type SyscallMap, word } from './map.ts';
import type { RecordHandler, Ring } from './ring.ts';

// include/uapi/linux/perf_event.h
const PERF_TYPE_SOFTWARE = 1;
const PERF_COUNT_SW_BPF_OUTPUT = 10;
const PERF_SAMPLE_RAW = 1 << 10;
const PERF_RECORD_SAMPLE = 9;
const PERF_EVENT_IOC_ENABLE = 0x2400;
const PERF_FLAG_FD_CLOEXEC = 8;
const ATTRIBUTE_BYTES = 112;
const HEAD_OFFSET = 1024;
const TAIL_OFFSET = 1032;
const ENODEV = 19;
const SYS_PERF_EVENT_OPEN = process.arch === 'arm64' ? 241 : 298;

/** BPF_MAP_TYPE_PERF_EVENT_ARRAY: a buffer a CPU. What the kernel could not write, the program counts. */
export class PerfRing implements Ring {
  readonly name: string;
  readonly ordered = false;
  readonly #buffers: PerfBuffer[] = [];

  /** `bytesPerCpu`: a power of two. CPUs that are offline now have no buffer. @throws KernelError perf, map */
  constructor(name: string, map: SyscallMap, cpus: number, bytesPerCpu: number) {
    this.name = name;
    try {
      for (let cpu = 0; cpu < cpus; cpu++) this.#open(map, cpu, bytesPerCpu);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #open(map: SyscallMap, cpu: number, bytes: number): void {
    const fd = openEvent(cpu);
    if (fd === null) return;
    this.#buffers.push(new PerfBuffer(fd, bytes));
    map.update(word(cpu), word(fd));
  }

  get bytes(): number {
    return this.#buffers.reduce((sum, buffer) => sum + buffer.bytes, 0);
  }

  drain(handler: RecordHandler): number {
    let records = 0;
    for (const buffer of this.#buffers) records += buffer.drain(handler);
    return records;
  }

  close(): void {
    for (const buffer of this.#buffers.splice(0)) buffer.close();
  }
}

class PerfBuffer {
  readonly bytes: number;
  readonly #fd: number;
  readonly #mapping: Mapping;
  readonly #head: BigInt64Array;
  readonly #tail: BigInt64Array;
  readonly #words: Int32Array;
  readonly #mask: number;
  #scratch = new Int32Array(1024);

  constructor(fd: number, bytes: number) {
    const page = loadNative().libc.getpagesize();
    this.#fd = fd;
    this.bytes = page + bytes;
    this.#mapping = mapEvent(fd, page + bytes);
    this.#head = new BigInt64Array(this.#mapping.bytes, HEAD_OFFSET, 1);
    this.#tail = new BigInt64Array(this.#mapping.bytes, TAIL_OFFSET, 1);
    this.#words = new Int32Array(this.#mapping.bytes, page, bytes >> 2);
    this.#mask = (bytes >> 2) - 1;
  }

  /** A record: type u32, misc u16, size u16; a sample goes on with the payload's size u32 and the payload. */
  drain(handler: RecordHandler): number {
    const words = this.#words;
    const start = Atomics.load(this.#tail, 0);
    let left = Number(Atomics.load(this.#head, 0) - start) >> 2;
    let at = Number((start >> 2n) & BigInt(this.#mask));
    let consumed = 0;
    let records = 0;
    try {
      while (left > 0) {
        const size = words[(at + 1) & this.#mask]! >>> 18;
        const isSample = words[at] === PERF_RECORD_SAMPLE;
        const record = (at + 3) & this.#mask;
        at = (at + size) & this.#mask;
        consumed += size;
        left -= size;
        if (!isSample) continue;
        records++;
        this.#hand(record, size - 3, handler);
      }
    } finally {
      Atomics.store(this.#tail, 0, start + BigInt(consumed) * 4n);
    }
    return records;
  }

  /** The data is mapped once only: a record that straddles the end is put together in scratch. */
  #hand(record: number, length: number, handler: RecordHandler): void {
    if (record + length <= this.#mask + 1) {
      handler(this.#words, record);
      return;
    }
    if (length > this.#scratch.length) this.#scratch = new Int32Array(length);
    for (let i = 0; i < length; i++) this.#scratch[i] = this.#words[(record + i) & this.#mask]!;
    handler(this.#scratch, 0);
  }

  close(): void {
    this.#mapping.unmap();
    loadNative().libc.close(this.#fd);
  }
}

function mapEvent(fd: number, length: number): Mapping {
  try {
    return new Mapping(fd, length, { writable: true });
  } catch (error) {
    loadNative().libc.close(fd);
    throw error;
  }
}

function openEvent(cpu: number): number | null {
  const attribute = new DataView(new ArrayBuffer(ATTRIBUTE_BYTES));
  attribute.setUint32(0, PERF_TYPE_SOFTWARE, true);
  attribute.setUint32(4, ATTRIBUTE_BYTES, true);
  attribute.setUint32(8, PERF_COUNT_SW_BPF_OUTPUT, true);
  attribute.setUint32(16, 1, true); // sample_period
  attribute.setUint32(24, PERF_SAMPLE_RAW, true);
  const { libc } = loadNative();
  const bytes = new Uint8Array(attribute.buffer);
  const fd = Number(libc.syscall(SYS_PERF_EVENT_OPEN, bytes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC));
  const errno = lastErrno();
  if (fd < 0 && errno === ENODEV) return null;
  if (fd < 0) throw new KernelError('perf', `cannot open a perf buffer on CPU ${cpu} (errno ${errno})`);
  libc.ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
  return fd;
}
