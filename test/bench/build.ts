import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
let folder: string | undefined;

/** Compiles test/bench/bpf/NAME.bpf.c for the kernel and returns the object's path. */
export function bpfObject(name: string): string {
  const object = join(scratch(), `${name}.bpf.o`);
  const include = ['-I', join(here, '../../bpf/include'), '-I', multiarch()];
  const source = join(here, 'bpf', `${name}.bpf.c`);
  execFileSync('clang', ['-O2', '-g', '-target', 'bpf', ...include, '-c', source, '-o', object]);
  return object;
}

/** Compiles test/bench/native/NAME.c; `shared`: as a library to preload. */
export function native(name: string, shared = false): string {
  const binary = join(scratch(), shared ? `${name}.so` : name);
  const kind = shared ? ['-shared', '-fPIC'] : [];
  execFileSync('clang', ['-O2', '-pthread', ...kind, join(here, 'native', `${name}.c`), '-o', binary]);
  return binary;
}

/** Where clang finds <asm/types.h>, which the bpf target does not look for. */
function multiarch(): string {
  return `/usr/include/${execFileSync('clang', ['-print-target-triple'], { encoding: 'utf8' }).trim().replace('-pc-', '-')}`;
}

/** A temporary folder, removed when the process ends. */
export function scratch(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'pooldrift-bench-'));
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
}
