import { loadNative } from './ffi.ts';
import { Mapping } from './map.ts';

/**
 * Records that the kernel side has written, read where they lie. The handler gets 32-bit words and the index of a
 * record's first word; both are valid only until it returns.
 */
export type RecordHandler = (words: Int32Array, at: number) => void;

/** One interface for the BPF ring buffer and the per-CPU perf buffers. */
export interface Ring {
  readonly name: string;
  /** Records come in the order in which they were written, over all CPUs. */
  readonly ordered: boolean;
  /** Kernel memory beside the object's maps. */
  readonly bytes: number;
  /** Hands over all that is there; returns how many records. What the handler throws passes on, nothing is read twice. */
  drain(handler: RecordHandler): number;
  /** From then on there is nothing to drain. */
  close(): void;
}

const BUSY = 0; // a header word below this has bit 31 set
const DISCARD = 0x40000000;
const LENGTH = 0x3fffffff;
const HEADER_BYTES = 8;

/**
 * BPF_MAP_TYPE_RINGBUF (kernel/bpf/ringbuf.c): the consumer's page is writable at offset 0; the producer's page and the
 * data, mapped twice in a row so that no record is cut, are read-only behind it. A write there would be a SIGSEGV.
 */
export class BpfRing implements Ring {
  readonly name: string;
  readonly ordered = true;
  readonly bytes = 0; // its map holds all
  readonly #consumerPage: Mapping;
  readonly #producerPages: Mapping;
  readonly #consumed: BigInt64Array;
  readonly #produced: BigInt64Array;
  readonly #words: Int32Array;
  readonly #mask: number;
  #closed = false;

  constructor(name: string, mapFd: number, bytes: number) {
    const page = loadNative().libc.getpagesize();
    this.name = name;
    this.#consumerPage = new Mapping(mapFd, page, { writable: true });
    this.#producerPages = new Mapping(mapFd, page + 2 * bytes, { writable: false, offset: page });
    this.#consumed = new BigInt64Array(this.#consumerPage.bytes, 0, 1);
    this.#produced = new BigInt64Array(this.#producerPages.bytes, 0, 1);
    this.#words = new Int32Array(this.#producerPages.bytes, page);
    this.#mask = bytes - 1;
  }

  drain(handler: RecordHandler): number {
    if (this.#closed) return 0;
    const words = this.#words;
    const mask = this.#mask;
    const start = Atomics.load(this.#consumed, 0);
    let left = Number(Atomics.load(this.#produced, 0) - start);
    let at = Number(start & BigInt(mask));
    let consumed = 0;
    let records = 0;
    try {
      while (left > 0) {
        const header = Atomics.load(words, at >> 2);
        if (header < BUSY) break;
        const step = ((header & LENGTH) + HEADER_BYTES + 7) & ~7;
        const record = (at + HEADER_BYTES) >> 2;
        at = (at + step) & mask;
        consumed += step;
        left -= step;
        if ((header & DISCARD) !== 0) continue;
        records++;
        handler(words, record);
      }
    } finally {
      Atomics.store(this.#consumed, 0, start + BigInt(consumed));
    }
    return records;
  }

  close(): void {
    this.#closed = true;
    this.#consumerPage.unmap();
    this.#producerPages.unmap();
  }
}
