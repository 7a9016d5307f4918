import { closeSync } from 'node:fs';
import koffi from 'koffi';

/** The little of libbpf that the peers measured here need; the daemon's own loader is src/kernel/. */
const lib = koffi.load('libbpf.so.1');
const open = lib.func('void *bpf_object__open_file(const char *path, void *options)');
const load = lib.func('int bpf_object__load(void *object)');
const close = lib.func('void bpf_object__close(void *object)');
const findProgram = lib.func('void *bpf_object__find_program_by_name(void *object, const char *name)');
const findMap = lib.func('int bpf_object__find_map_fd_by_name(void *object, const char *name)');
const attach = lib.func('void *bpf_program__attach(void *program)');
const detach = lib.func('int bpf_link__destroy(void *link)');
const programFd = lib.func('int bpf_program__fd(void *program)');
const enableStats = lib.func('int bpf_enable_stats(int type)');

export type LoadedObject = {
  attach: (program: string) => void;
  programFd: (program: string) => number;
  mapFd: (map: string) => number;
  close: () => void;
};

/** Opens and loads a compiled object. */
export function loadObject(path: string): LoadedObject {
  const object = present(open(path, null), `open ${path}`);
  const links: unknown[] = [];
  if (load(object) < 0) throw new Error(`cannot load ${path}`);
  const program = (name: string) => present(findProgram(object, name), `find program ${name}`);
  return {
    attach: (name) => void links.push(present(attach(program(name)), `attach ${name}`)),
    programFd: (name) => programFd(program(name)),
    mapFd: (name) => findMap(object, name),
    close: () => {
      for (const link of links) detach(link);
      close(object);
    },
  };
}

function present(pointer: unknown, what: string): unknown {
  if (!pointer) throw new Error(`libbpf could not ${what} (errno ${koffi.errno()})`);
  return pointer;
}

/** Runs `work` while the kernel keeps its program statistics; they go off again with the descriptor. */
export async function withStatistics<T>(work: () => Promise<T>): Promise<T> {
  const runTime = 0;
  const fd: number = enableStats(runTime);
  if (fd < 0) throw new Error(`bpf_enable_stats: error ${-fd}`);
  try {
    return await work();
  } finally {
    closeSync(fd);
  }
}

const RUN_OPTIONS_BYTES = 80;
const RUN_RESULT_AT = 56;
const testRun = lib.func('int bpf_prog_test_run_opts(int fd, _Inout_ uint8_t *options)');

/** Runs a `syscall` program once (struct bpf_test_run_opts of libbpf's bpf.h) and returns its result. */
export function runOnce(fd: number): number {
  const options = Buffer.alloc(RUN_OPTIONS_BYTES);
  options.writeUInt32LE(RUN_OPTIONS_BYTES, 0);
  const error: number = testRun(fd, options);
  if (error < 0) throw new Error(`BPF_PROG_TEST_RUN: error ${-error}`);
  return options.readUInt32LE(RUN_RESULT_AT);
}
