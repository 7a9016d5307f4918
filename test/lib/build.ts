import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const OUT = join(ROOT, 'build/test-workloads');
const WORKLOADS = join(ROOT, 'test/workloads');
const BPF = join(ROOT, 'test/kernel/bpf');
const HEADERS = [...headers(WORKLOADS), ...headers(BPF)];
const TARGET = arch() === 'arm64' ? 'arm64' : 'x86';
const MULTIARCH = `/usr/include/${arch() === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;

function headers(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.h'))
    .map((name) => join(folder, name));
}

/** Path of a file below build/ that tests may write and must remove. */
export function scratch(name: string): string {
  mkdirSync(OUT, { recursive: true });
  return join(OUT, `${name}-${process.pid}`);
}

/** The program made from test/workloads/NAME.c or NAME.go; compiled only when its source has changed. */
export function workload(name: string): string {
  if (existsSync(join(WORKLOADS, `${name}.go`))) return goProgram(name);
  return compiled(join(WORKLOADS, `${name}.c`), name, (source, out) => [
    ...['gcc', '-O2', '-Wall', '-Werror', '-D_GNU_SOURCE', '-pthread', '-o', out, source, '-lm'],
  ]);
}

function goProgram(name: string): string {
  return compiled(join(WORKLOADS, `${name}.go`), name, (source, out) => ['go', 'build', '-o', out, source]);
}

/** The program that writes the trace, and its BPF object. */
export function tracer(): { program: string; object: string } {
  const object = compiled(join(BPF, 'trace.bpf.c'), 'trace.bpf.o', (source, out) => [
    ...['clang', '-g', '-O2', '-Wall', '-Werror', '-mcpu=v3', '-target', 'bpf', `-D__TARGET_ARCH_${TARGET}`],
    ...['-I', MULTIARCH, '-c', source, '-o', out],
  ]);
  const program = compiled(join(BPF, 'trace.c'), 'trace', (source, out) => [
    ...['gcc', '-O2', '-Wall', '-Werror', '-D_GNU_SOURCE', '-o', out, source, '-lbpf'],
  ]);
  return { program, object };
}

function compiled(source: string, name: string, command: (source: string, out: string) => string[]): string {
  mkdirSync(OUT, { recursive: true });
  const out = join(OUT, name);
  const changed = Math.max(...[source, ...HEADERS].map((file) => statSync(file).mtimeMs));
  if (existsSync(out) && statSync(out).mtimeMs >= changed) return out;
  const [program, ...args] = command(source, out);
  execFileSync(program!, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return out;
}

/** Whether a program is to be had on this machine. */
export function has(program: string): boolean {
  const folders = `${process.env.PATH}:/usr/sbin:/sbin:/usr/local/go/bin`.split(':');
  return folders.some((folder) => existsSync(join(folder, program)));
}
