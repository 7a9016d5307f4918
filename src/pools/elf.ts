import { readSync } from 'node:fs';

/** Where an ELF file keeps something: file offset and length in bytes. */
export type Extent = { address: number; offset: number; length: number };

const PT_LOAD = 1;

/** Just enough of an ELF file (elf(5)) to find a section by name and to read at a virtual address. */
export class Elf {
  readonly #fd: number;
  readonly #little: boolean;
  readonly #wide: boolean;
  readonly #header: DataView;

  private constructor(fd: number, ident: Buffer, header: DataView) {
    this.#fd = fd;
    this.#wide = ident[4] === 2;
    this.#little = ident[5] === 1;
    this.#header = header;
  }

  /** null where the open file is no ELF file. The descriptor stays the caller's. */
  static open(fd: number): Elf | null {
    const head = readAt(fd, 0, 64);
    if (head.length < 52 || head.toString('latin1', 0, 4) !== '\x7fELF') return null;
    return new Elf(fd, head, view(Buffer.concat([head, Buffer.alloc(64)])));
  }

  section(name: string): Extent | null {
    return this.#sections().find((section) => section.name === name) ?? null;
  }

  /** Bytes at a virtual address, as the program headers map it; short or empty where it is not mapped from the file. */
  readVirtual(address: number, length: number): Buffer {
    const segment = this.#segments().find((s) => address >= s.address && address < s.address + s.length);
    if (!segment) return Buffer.alloc(0);
    const skip = address - segment.address;
    return this.read(segment.offset + skip, Math.min(length, segment.length - skip));
  }

  read(offset: number, length: number): Buffer {
    return readAt(this.#fd, offset, length);
  }

  /** A pointer-sized number in `data`, of this file's width and byte order. */
  word(data: Buffer, offset: number): number {
    if (offset + this.wordBytes > data.length) return 0;
    return this.#wide
      ? Number(view(data).getBigUint64(offset, this.#little))
      : view(data).getUint32(offset, this.#little);
  }

  get wordBytes(): number {
    return this.#wide ? 8 : 4;
  }

  #sections(): (Extent & { name: string })[] {
    const [start, size, count, names] = this.#wide ? [0x28, 0x3a, 0x3c, 0x3e] : [0x20, 0x2e, 0x30, 0x32];
    const table = this.#table(start!, size!, count!);
    const at = this.#wide ? { address: 16, offset: 24, length: 32 } : { address: 12, offset: 16, length: 20 };
    const rows = table.map((row) => ({ nameAt: view(row).getUint32(0, this.#little), ...this.#extent(row, at) }));
    const strings = rows[this.#header.getUint16(names!, this.#little)];
    const text = strings ? this.read(strings.offset, Math.min(strings.length, 65_536)) : Buffer.alloc(0);
    return rows.map(({ nameAt, ...row }) => ({ ...row, name: text.toString('latin1', nameAt).split('\0', 1)[0]! }));
  }

  #segments(): Extent[] {
    const [start, size, count] = this.#wide ? [0x20, 0x36, 0x38] : [0x1c, 0x2a, 0x2c];
    const at = this.#wide ? { address: 16, offset: 8, length: 32 } : { address: 8, offset: 4, length: 16 };
    return this.#table(start!, size!, count!)
      .filter((row) => view(row).getUint32(0, this.#little) === PT_LOAD)
      .map((row) => this.#extent(row, at));
  }

  #extent(row: Buffer, at: Extent): Extent {
    return {
      address: this.word(row, at.address),
      offset: this.word(row, at.offset),
      length: this.word(row, at.length),
    };
  }

  #table(startAt: number, sizeAt: number, countAt: number): Buffer[] {
    const start = this.#wide
      ? Number(this.#header.getBigUint64(startAt, this.#little))
      : this.#header.getUint32(startAt, this.#little);
    const size = this.#header.getUint16(sizeAt, this.#little);
    const count = this.#header.getUint16(countAt, this.#little);
    if (size < 32 || size > 128) return [];
    const data = this.read(start, size * Math.min(count, 1024));
    return Array.from({ length: Math.floor(data.length / size) }, (_, i) => data.subarray(i * size, (i + 1) * size));
  }
}

function view(data: Buffer): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}

/** Longest single read: a hostile header must not make the daemon allocate gigabytes. */
const MAX_READ = 1 << 20;

function readAt(fd: number, offset: number, length: number): Buffer {
  if (!Number.isSafeInteger(offset) || offset < 0 || !(length > 0)) return Buffer.alloc(0);
  const data = Buffer.alloc(Math.min(length, MAX_READ));
  return data.subarray(0, readSync(fd, data, 0, data.length, offset));
}
