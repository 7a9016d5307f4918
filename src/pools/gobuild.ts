import { closeSync, fstatSync } from 'node:fs';
import { Elf } from './elf.ts';
import type { Procfs } from './procfs.ts';

/** What a Go binary says of its making. */
export type GoBuild = {
  /** Toolchain: "go1.26.8"; empty where the binary is Go but does not say. */
  version: string;
  /** The GODEBUG defaults that the language version of its main module led to; absent settings have the toolchain's. */
  godebug: ReadonlyMap<string, string>;
  /** Paths of the modules it was built from. */
  modules: ReadonlySet<string>;
};

const MAGIC = '\xff Go buildinf:';
const HEADER_BYTES = 32;
const INLINE = 2;
const BIG_ENDIAN_AND_INLINE = 3;
/** Sentinels of 16 bytes around the module text: cmd/go/internal/modload/build.go. */
const SENTINEL_BYTES = 16;

const cache = new Map<string, GoBuild | null>();
const MAX_CACHED = 256;

/** Reads the build information of a process's binary; null: no Go program, or gone. */
export function readGoBuild(procfs: Procfs, pid: number): GoBuild | null {
  const fd = procfs.openExe(pid);
  if (fd === null) return null;
  try {
    const { dev, ino, size, mtimeMs } = fstatSync(fd);
    const key = `${dev}:${ino}:${size}:${mtimeMs}`;
    if (!cache.has(key)) remember(key, parseGoBuild(fd));
    return cache.get(key) ?? null;
  } finally {
    closeSync(fd);
  }
}

function remember(key: string, build: GoBuild | null): void {
  if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value!);
  cache.set(key, build);
}

/** Go's src/debug/buildinfo/buildinfo.go: strings in place since 1.18, before it by pointers to string headers. */
export function parseGoBuild(fd: number): GoBuild | null {
  const elf = Elf.open(fd);
  const section = elf?.section('.go.buildinfo');
  if (!elf || !section) return elf?.section('.note.go.buildid') ? { version: '', ...parseModules('') } : null;
  const data = elf.read(section.offset, section.length);
  if (data.toString('latin1', 0, MAGIC.length) !== MAGIC || data.length < HEADER_BYTES) return null;
  const [version, framed] = (data[15]! & BIG_ENDIAN_AND_INLINE) >= INLINE ? inline(data) : pointed(elf, data);
  const modules = framed.length > 2 * SENTINEL_BYTES ? framed.slice(SENTINEL_BYTES, -SENTINEL_BYTES) : '';
  return { version, ...parseModules(modules) };
}

function inline(data: Buffer): [string, string] {
  const [version, next] = prefixed(data, HEADER_BYTES);
  return [version, prefixed(data, next)[0]];
}

/** A string behind its length, as a varint; latin1, so that the sentinels keep their 16 characters. */
function prefixed(data: Buffer, start: number): [string, number] {
  let length = 0;
  let at = start;
  for (let shift = 0; at < data.length && shift < 35; shift += 7) {
    const byte = data[at++]!;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  return [data.toString('latin1', at, at + length), at + length];
}

function pointed(elf: Elf, data: Buffer): [string, string] {
  const string = (at: number): string => {
    const header = elf.readVirtual(elf.word(data, at), 2 * elf.wordBytes);
    return elf.readVirtual(elf.word(header, 0), elf.word(header, elf.wordBytes)).toString('latin1');
  };
  return [string(16), string(16 + elf.wordBytes)];
}

/** Lines "dep\tpath\tversion\tsum" and "build\tkey=value": Go's src/runtime/debug/mod.go. */
function parseModules(text: string): Pick<GoBuild, 'godebug' | 'modules'> {
  const modules = new Set<string>();
  let godebug = new Map<string, string>();
  for (const [kind, value = ''] of text.split('\n').map((line) => line.split('\t'))) {
    if (kind === 'mod' || kind === 'dep') modules.add(value);
    const defaults = kind === 'build' ? /^"?DefaultGODEBUG=([^"]*)/.exec(value) : null;
    if (defaults) godebug = parseGodebug(defaults[1]!);
  }
  return { godebug, modules };
}

/** "a=1,b=0"; the last of a name wins: Go's src/runtime/runtime1.go, parsegodebug. */
export function parseGodebug(text: string): Map<string, string> {
  return new Map(text.split(',').map((pair) => [pair.split('=')[0]!, pair.slice(pair.indexOf('=') + 1)]));
}
