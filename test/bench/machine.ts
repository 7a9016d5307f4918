import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

/** One line that names the kind of machine, not the machine, and the tools that are measured. */
export function machine(now: Date): string {
  return [
    `${host()}, ${firstLine('clang', ['--version'])}`,
    `${firstLine('perf', ['--version'])}, libbpf-tools ${debian('libbpf-tools')}, bpftrace ${debian('bpftrace')}`,
    now.toISOString().slice(0, 10),
  ].join('; ');
}

/** The kind of machine, its kernel, our Node. */
export function host(): string {
  const all = cpus();
  const memory_gib = Math.round(totalmem() / 2 ** 30);
  return [
    `${all[0]?.model.trim() ?? 'unknown CPU'}, ${all.length} CPUs, ${memory_gib} GiB${virtual() ? ', virtual machine' : ''}`,
    `Linux ${release().split('-')[0]}, Node ${process.versions.node}`,
  ].join('; ');
}

function virtual(): boolean {
  return /^flags.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
}

function firstLine(command: string, args: string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0]!.trim();
  } catch {
    return `no ${command}`;
  }
}

function debian(name: string): string {
  const version = firstLine('dpkg-query', ['-W', '-f', '$' + '{Version}', name]);
  return version.startsWith('no ') ? '(not a Debian package)' : version;
}
