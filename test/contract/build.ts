import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { arch } from 'node:os';
import { basename, join } from 'node:path';

const OUT = join(import.meta.dirname, '../../build/test-contract');
const ARM = arch() === 'arm64';

/** Compiles a .bpf.c for the kernel; the object's path. */
export function bpfObject(source: string): string {
  const object = target(basename(source).replace(/\.c$/, '.o'));
  const include = `/usr/include/${ARM ? 'aarch64' : 'x86_64'}-linux-gnu`;
  const flags = [
    '-g',
    '-O2',
    '-Wall',
    '-Werror',
    '-mcpu=v3',
    '-target',
    'bpf',
    `-D__TARGET_ARCH_${ARM ? 'arm64' : 'x86'}`,
  ];
  execFileSync('clang', [...flags, '-idirafter', include, '-c', source, '-o', object]);
  return object;
}

/** Compiles test/contract/native/NAME.c; the program's path. */
export function native(name: string): string {
  const program = target(name);
  const source = join(import.meta.dirname, 'native', `${name}.c`);
  execFileSync('gcc', ['-O2', '-Wall', '-Werror', '-pthread', '-o', program, source]);
  return program;
}

function target(name: string): string {
  mkdirSync(OUT, { recursive: true });
  return join(OUT, name);
}
