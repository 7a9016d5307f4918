import { closeSync, fstatSync } from 'node:fs';
import { printable } from '../decode/printable.ts';
import { Elf } from './elf.ts';
import type { Exe } from './pool.ts';
import type { ProcessView } from './view.ts';

/** Programs that run another: what that is stands in their arguments. */
const INTERPRETERS = /^(node|nodejs|bun|deno|java|dotnet|(python|pypy|ruby|perl|php(-fpm)?|lua|guile)[\d.]*)$/;

/** NT_GNU_BUILD_ID and Go's own note: a header of 12 bytes, the name "GNU" or "Go" in 4, then the id. */
const NOTES = ['.note.gnu.build-id', '.note.go.buildid'];
const NOTE_HEADER_BYTES = 16;
const ID_BYTES_MAX = 128;

const builds = new Map<string, string>();
const MAX_CACHED = 256;

/** The program that a process runs; null where it has gone or may not be read. */
export function exeOf(view: ProcessView): Exe | null {
  const build = view.exe === '' ? null : buildOf(view);
  return build === null ? null : { path: printable(view.exe), build, script: scriptOf(view) };
}

/**
 * The link in /proc leads to the very file that runs, also when it was replaced. Device and inode are no part of the
 * answer: both change when a container is made anew from one image.
 */
function buildOf({ pid, procfs }: ProcessView): string | null {
  const fd = procfs.openExe(pid);
  if (fd === null) return null;
  try {
    const { dev, ino, size, mtimeMs } = fstatSync(fd);
    const key = `${dev}:${ino}:${size}:${mtimeMs}`;
    if (!builds.has(key)) remember(key, buildId(fd) ?? `${size} bytes of ${new Date(mtimeMs).toISOString()}`);
    return builds.get(key)!;
  } finally {
    closeSync(fd);
  }
}

function buildId(fd: number): string | null {
  const elf = Elf.open(fd);
  const ids = NOTES.map((name) => elf?.section(name)).filter((note) => note !== null && note !== undefined);
  const id = ids.map(({ offset, length }) =>
    elf!.read(offset, Math.min(length, ID_BYTES_MAX)).subarray(NOTE_HEADER_BYTES),
  );
  return id[0] === undefined || id[0].length === 0 ? null : id[0].toString('hex');
}

function remember(key: string, build: string): void {
  if (builds.size >= MAX_CACHED) builds.delete(builds.keys().next().value!);
  builds.set(key, build);
}

/** Empty also where the program has put a title over its arguments: that is one argument. */
function scriptOf({ exeName, arguments: words }: ProcessView): string {
  if (!INTERPRETERS.test(exeName)) return '';
  return printable(words.slice(1).find((word) => word !== '' && !word.startsWith('-')) ?? '');
}
