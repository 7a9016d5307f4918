/** A small ELF64 file, little-endian, with the .go.buildinfo section that Go's linker writes (cmd/link, buildinfo). */
export function elfWithBuildInfo(version: string, modules: string, { inline = true } = {}): Buffer {
  const BASE = 0x400000;
  const at = 0x200;
  const framed = Buffer.concat([Buffer.alloc(16, 0xaa), Buffer.from(modules), Buffer.alloc(16, 0xbb)]);
  const info = inline ? inlined(Buffer.from(version), framed) : pointed(BASE + at, Buffer.from(version), framed);
  const names = Buffer.from('\0.shstrtab\0.go.buildinfo\0');
  const namesAt = at + info.length;
  const sectionsAt = namesAt + names.length;
  const sections = [section(0, 0, 0, 0), section(1, 0, namesAt, names.length), section(11, BASE + at, at, info.length)];
  const head = Buffer.alloc(at);
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  head.writeBigUInt64LE(64n, 0x20);
  head.writeBigUInt64LE(BigInt(sectionsAt), 0x28);
  for (const [offset, value] of [
    [0x36, 56],
    [0x38, 1],
    [0x3a, 64],
    [0x3c, 3],
    [0x3e, 1],
  ] as const)
    head.writeUInt16LE(value, offset);
  head.writeUInt32LE(1, 64);
  for (const [offset, value] of [
    [8, 0],
    [16, BASE],
    [32, namesAt],
    [40, namesAt],
  ] as const)
    head.writeBigUInt64LE(BigInt(value), 64 + offset);
  return Buffer.concat([head, info, names, ...sections]);
}

function header(flags: number): Buffer {
  const data = Buffer.alloc(32);
  data.write('\xff Go buildinf:', 'latin1');
  data[14] = 8;
  data[15] = flags;
  return data;
}

function inlined(version: Buffer, modules: Buffer): Buffer {
  return Buffer.concat([header(2), varint(version.length), version, varint(modules.length), modules]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    bytes.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) return Buffer.from(bytes);
  }
}

/** Header, then two string headers (address, length), then the strings. */
function pointed(base: number, version: Buffer, modules: Buffer): Buffer {
  const data = header(0);
  data.writeBigUInt64LE(BigInt(base + 32), 16);
  data.writeBigUInt64LE(BigInt(base + 48), 24);
  const strings = Buffer.alloc(32);
  const words = [base + 64, version.length, base + 64 + version.length, modules.length];
  for (const [i, word] of words.entries()) strings.writeBigUInt64LE(BigInt(word), i * 8);
  return Buffer.concat([data, strings, version, modules]);
}

function section(name: number, address: number, offset: number, length: number): Buffer {
  const row = Buffer.alloc(64);
  row.writeUInt32LE(name, 0);
  for (const [place, value] of [
    [16, address],
    [24, offset],
    [32, length],
  ] as const)
    row.writeBigUInt64LE(BigInt(value), place);
  return row;
}
