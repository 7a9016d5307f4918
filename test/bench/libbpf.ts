import koffi from 'koffi';
import { BpfObject } from '../../src/kernel/object.ts';
import { enableProgramStats } from '../../src/kernel/stats.ts';

const RUN_OPTIONS_BYTES = 80;
const RUN_RESULT_AT = 56;

/** Loads an object that leaves nothing open, but for what is named. */
export function loadObject(name: string, path: string, without: readonly string[] = []): Promise<BpfObject> {
  return BpfObject.load(name, path, { entries: {}, without, constants: {} });
}

/** Runs `work` while the kernel keeps its program statistics. */
export async function withStatistics<T>(work: () => Promise<T>): Promise<T> {
  const statistics = enableProgramStats();
  if (!statistics) throw new Error('the kernel keeps no BPF program statistics');
  try {
    return await work();
  } finally {
    statistics.close();
  }
}

/** Runs a `syscall` program once (struct bpf_test_run_opts of libbpf's bpf.h) and returns its result. */
export function runOnce(fd: number): number {
  const testRun = koffi.load('libbpf.so.1').func('int bpf_prog_test_run_opts(int fd, _Inout_ uint8_t *options)');
  const options = Buffer.alloc(RUN_OPTIONS_BYTES);
  options.writeUInt32LE(RUN_OPTIONS_BYTES, 0);
  const error: number = testRun(fd, options);
  if (error < 0) throw new Error(`BPF_PROG_TEST_RUN: error ${-error}`);
  return options.readUInt32LE(RUN_RESULT_AT);
}
