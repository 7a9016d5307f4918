import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import koffi from 'koffi';
import { possibleCpus } from '../../src/kernel/cpus.ts';
import { BpfObject } from '../../src/kernel/object.ts';
import { PerfRing } from '../../src/kernel/perf_ring.ts';
import { BpfRing, type Ring } from '../../src/kernel/ring.ts';
import { defer } from '../lib/cleanup.ts';
import { bpfObject, native } from './build.ts';

export type Kind = 'bpf' | 'perf';
export const KINDS: readonly Kind[] = ['bpf', 'perf'];
export const WRITES = { bpf: 'to_ring', perf: 'to_perf' } as const;

export type Opened = { object: BpfObject; ring: Ring };

let path: string | undefined;

/** The object of bpf/ring.bpf.c with a ring of that kind and size; gone when the test ends. */
export async function openRing(kind: Kind, bytes: number): Promise<Opened> {
  path ??= bpfObject(join(import.meta.dirname, 'bpf/ring.bpf.c'));
  const cpus = possibleCpus();
  const entries = { events: kind === 'bpf' ? bytes : 4096, perf_events: cpus };
  const object = await BpfObject.load('ring', path, { entries, without: [], constants: {} });
  defer(() => object.close());
  const ring =
    kind === 'bpf'
      ? new BpfRing('test', object.mapFd('events'), bytes)
      : new PerfRing('test', object.syscallMap('perf_events'), cpus, bytes);
  defer(() => ring.close());
  return { object, ring };
}

// struct bpf_test_run_opts of libbpf's bpf.h
const options = koffi.struct({
  ...{ sz: 'size_t', data_in: 'void *', data_out: 'void *', data_size_in: 'uint32_t', data_size_out: 'uint32_t' },
  ...{ ctx_in: 'void *', ctx_out: 'void *', ctx_size_in: 'uint32_t', ctx_size_out: 'uint32_t', retval: 'uint32_t' },
  ...{ repeat: 'int', duration: 'uint32_t', flags: 'uint32_t', cpu: 'uint32_t', batch_size: 'uint32_t' },
});
const testRun = koffi
  .load('libbpf.so.1')
  .func('bpf_prog_test_run_opts', 'int', ['int', koffi.inout(koffi.pointer(options))]);

const ON_CPU = 1; // BPF_F_TEST_RUN_ON_CPU

/** Runs a program of bpf/ring.bpf.c now, on CPU 0, for at most 512 records; how many of them were refused. */
export function produce(object: BpfObject, program: string, first: number, records: number, producer = 0): number {
  const batch = Buffer.from(BigUint64Array.from([producer, first, records].map(BigInt)).buffer);
  const given = {
    sz: koffi.sizeof(options),
    ctx_in: batch,
    ctx_size_in: batch.length,
    flags: ON_CPU,
    cpu: 0,
    retval: 0,
  };
  const result: number = testRun(object.programFd(program), given);
  if (result < 0) throw new Error(`BPF_PROG_TEST_RUN: error ${-result}`);
  return given.retval;
}

/** A process that produces on one CPU beside us. */
export type Companion = {
  go(): void;
  /** Resolves when all is produced, with how many were refused. */
  done: Promise<number>;
};

let program: string | undefined;

export async function companion(
  object: BpfObject,
  name: string,
  cpu: number,
  producer: number,
  records: number,
): Promise<Companion> {
  program ??= native('produce');
  const args = [cpu, producer, records].map(String);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit', object.programFd(name)] });
  const exited = once(child, 'exit');
  defer(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== 'ready') throw new Error('the producer did not start');
  const done = lines.next().then(({ value }) => Number(/^done (\d+)$/.exec(String(value))?.[1] ?? Number.NaN));
  return { go: () => void child.stdin!.write('go\n'), done };
}

/** Why producers cannot run side by side on this machine; null: they can. */
export function oneCpu(): string | null {
  return availableParallelism() > 1 ? null : 'only one CPU';
}
