import koffi, { type LibraryHandle } from 'koffi';
import { KernelError } from './errors.ts';

/** A native address; BigInt, as koffi gives it. Never leaves src/kernel. */
export type Pointer = bigint;

type Call = (...args: unknown[]) => number;
type Bound = ReturnType<LibraryHandle['func']>;
type PointerCall = (...args: unknown[]) => Pointer | null;

/** libbpf 1.x and the few C library calls that the daemon needs. Ints are -errno on failure, pointers null. */
export type Native = {
  bpf: {
    setPrint(callback: unknown): void;
    open(path: string, options: null): Pointer | null;
    load(object: Pointer): Promise<number>;
    close(object: Pointer): void;
    nextMap: PointerCall;
    mapName(map: Pointer): string;
    mapFd: Call;
    setMaxEntries: Call;
    setAutocreate: Call;
    reuse: Call;
    setAutoload: Call;
    initialValue: PointerCall;
    nextProgram: PointerCall;
    programName(program: Pointer): string;
    programFd: Call;
    attach: PointerCall;
    attachIter: PointerCall;
    destroyLink: Call;
    linkFd: Call;
    createIter: Call;
    update: Call;
    lookup: Call;
    remove: Call;
    enableStats: Call;
    infoByFd: Call;
    vmlinuxBtf(): Pointer | null;
    freeBtf(btf: Pointer): void;
    findType: Call;
    typeById: PointerCall;
    version(): string;
  };
  libc: {
    mmap(address: null, length: number, protection: number, flags: number, fd: number, offset: number): Pointer;
    munmap: Call;
    close: Call;
    ioctl: Call;
    flock: Call;
    socket: Call;
    setsockopt: Call;
    sendto: Call;
    syscall: Call;
    vasprintf: Call;
    free(address: Pointer): void;
    getpagesize: Call;
  };
};

let native: Native | undefined;
let libc: Native['libc'] | undefined;

/** Loads the libraries once. @throws KernelError libbpf-missing */
export function loadNative(): Native {
  native ??= { bpf: bindLibbpf(), libc: loadLibc() };
  return native;
}

/** What needs no libbpf. */
export function loadLibc(): Native['libc'] {
  libc ??= bindLibc(koffi.load(null));
  return libc;
}

function bindLibbpf(): Native['bpf'] {
  const library = openLibbpf();
  try {
    const bpf = bindBpf(library);
    bpf.setPrint(null); // what it has to say is said by withLibbpfLog
    return bpf;
  } catch (cause) {
    throw new KernelError('libbpf-too-old', `this libbpf.so.1 is too old: ${(cause as Error).message}`, {
      remedy: 'libbpf 1.0 or newer is needed: apt-get install libbpf1',
      cause,
    });
  }
}

function openLibbpf(): LibraryHandle {
  try {
    return koffi.load('libbpf.so.1');
  } catch (cause) {
    throw new KernelError('libbpf-missing', 'cannot load libbpf.so.1 (libbpf 1.0 or newer)', {
      remedy: 'Install it: apt-get install libbpf1 (Debian, Ubuntu), dnf install libbpf (Fedora, RHEL).',
      cause,
    });
  }
}

function bindBpf(library: LibraryHandle): Native['bpf'] {
  const bind = (prototype: string) => library.func(prototype);
  return {
    setPrint: bind('void *libbpf_set_print(void *fn)'),
    open: bind('void *bpf_object__open_file(const char *path, void *opts)'),
    load: asynchronous(bind('int bpf_object__load(void *obj)')),
    close: bind('void bpf_object__close(void *obj)'),
    nextMap: bind('void *bpf_object__next_map(void *obj, void *map)'),
    mapName: bind('const char *bpf_map__name(void *map)'),
    mapFd: bind('int bpf_map__fd(void *map)'),
    setMaxEntries: bind('int bpf_map__set_max_entries(void *map, uint32_t entries)'),
    reuse: bind('int bpf_map__reuse_fd(void *map, int fd)'),
    setAutoload: bind('int bpf_program__set_autoload(void *prog, bool load)'),
    setAutocreate: bind('int bpf_map__set_autocreate(void *map, bool create)'),
    initialValue: bind('void *bpf_map__initial_value(void *map, _Out_ size_t *size)'),
    nextProgram: bind('void *bpf_object__next_program(void *obj, void *prog)'),
    programName: bind('const char *bpf_program__name(void *prog)'),
    programFd: bind('int bpf_program__fd(void *prog)'),
    attach: bind('void *bpf_program__attach(void *prog)'),
    attachIter: bind('void *bpf_program__attach_iter(void *prog, void *opts)'),
    destroyLink: bind('int bpf_link__destroy(void *link)'),
    linkFd: bind('int bpf_link__fd(void *link)'),
    createIter: bind('int bpf_iter_create(int link_fd)'),
    update: bind('int bpf_map_update_elem(int fd, const void *key, const void *value, uint64_t flags)'),
    lookup: bind('int bpf_map_lookup_elem(int fd, const void *key, void *value)'),
    remove: bind('int bpf_map_delete_elem(int fd, const void *key)'),
    enableStats: bind('int bpf_enable_stats(int type)'),
    infoByFd: bind('int bpf_obj_get_info_by_fd(int fd, void *info, _Inout_ uint32_t *length)'),
    vmlinuxBtf: bind('void *btf__load_vmlinux_btf()'),
    freeBtf: bind('void btf__free(void *btf)'),
    findType: bind('int btf__find_by_name_kind(void *btf, const char *name, uint32_t kind)'),
    typeById: bind('void *btf__type_by_id(void *btf, uint32_t id)'),
    version: bind('const char *libbpf_version_string()'),
  };
}

function bindLibc(library: LibraryHandle): Native['libc'] {
  const bind = (prototype: string) => library.func(prototype);
  return {
    mmap: bind('void *mmap(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)'),
    munmap: bind('int munmap(void *addr, size_t length)'),
    close: bind('int close(int fd)'),
    flock: bind('int flock(int fd, int operation)'),
    socket: bind('int socket(int domain, int type, int protocol)'),
    setsockopt: bind('int setsockopt(int fd, int level, int option, const void *value, uint32_t length)'),
    sendto: bind(
      'int64_t sendto(int fd, const void *data, size_t length, int flags, const void *address, uint32_t addressLength)',
    ),
    ioctl: bind('int ioctl(int fd, uint64_t request, int64_t argument)'),
    syscall: bind('long syscall(long number, void *a, long b, long c, long d, long e)'),
    getpagesize: bind('int getpagesize()'),
    vasprintf: bind('int vasprintf(_Out_ void **text, void *format, void *args)'),
    free: bind('void free(void *address)'),
  };
}

function asynchronous(call: Bound): (object: Pointer) => Promise<number> {
  return (object) =>
    new Promise((resolve, reject) =>
      call.async(object, (error: Error | null, result: number) => (error ? reject(error) : resolve(result))),
    );
}

/** errno of the last native call that failed. */
export function lastErrno(): number {
  return koffi.errno();
}
