// gen-layout.ts [--check] OBJECT...: src/decode/layout.gen.ts from bpf/include/wire*.h and the objects' BTF.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readBtf } from './btf.ts';
import { renderLayout } from './layout.ts';

const ROOT = new URL('..', import.meta.url);
const HEADERS = ['bpf/include/wire.h', 'bpf/include/wire_sockets.h'].map((path) => new URL(path, ROOT));
const TARGET = new URL('src/decode/layout.gen.ts', ROOT);

const { values, positionals } = parseArgs({ options: { check: { type: 'boolean' } }, allowPositionals: true });

try {
  const wanted = renderLayout(
    HEADERS.map((header) => readFileSync(header, 'utf8')).join('\n'),
    positionals.map(readBtf),
  );
  const have = existsSync(TARGET) ? readFileSync(TARGET, 'utf8') : '';
  if (values.check && have !== wanted) throw new Error('src/decode/layout.gen.ts is out of date: run make generate');
  if (!values.check && have !== wanted) writeFileSync(TARGET, wanted);
} catch (error) {
  console.error(`gen-layout: ${(error as Error).message}`);
  process.exitCode = 1;
}
