import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Btf, readBtf } from '../../../scripts/btf.ts';

const INTEGERS = 'typedef unsigned char u8; typedef unsigned int u32; typedef unsigned long long u64;\n';

/** BTF of a C source, through the real compiler and bpftool. */
export function btfOf(source: string): Btf {
  const folder = mkdtempSync(join(tmpdir(), 'pooldrift-layout-'));
  try {
    const object = join(folder, 'fixture.o');
    writeFileSync(join(folder, 'fixture.c'), INTEGERS + source);
    execFileSync('clang', ['-g', '-O2', '-target', 'bpf', '-c', join(folder, 'fixture.c'), '-o', object]);
    execFileSync('llvm-strip', ['-g', object]);
    return readBtf(object);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
