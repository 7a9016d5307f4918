import koffi from 'koffi';

/** The way that pooldrift does not go: libbpf's own consumer, which calls JavaScript through FFI for each record. */
const lib = koffi.load('libbpf.so.1');
const Sample = koffi.pointer(koffi.proto('int bench_sample(void *context, void *data, size_t size)'));
const create = lib.func('ring_buffer__new', 'void *', ['int', Sample, 'void *', 'void *']);
const consume = lib.func('int ring_buffer__consume(void *ring)');
const free = lib.func('void ring_buffer__free(void *ring)');

const Event = koffi.struct({
  kind: 'uint32',
  tid: 'uint32',
  tgid: 'uint32',
  parent_tgid: 'uint32',
  cgroup_id: 'uint64',
  at_ns: 'uint64',
  comm: koffi.array('uint8', 16),
  pool: 'uint32',
  pad: 'uint32',
});

export type CallbackRing = { consume: () => number; close: () => void };

/** `handler` gets the tid of each record made an object; null: the callback does nothing. */
export function callbackRing(mapFd: number, handler: ((tid: number) => void) | null): CallbackRing {
  const callback = koffi.register((_context: unknown, data: unknown) => {
    handler?.((koffi.decode(data, Event) as { tid: number }).tid);
    return 0;
  }, Sample);
  const ring: unknown = create(mapFd, callback, null, null);
  if (!ring) throw new Error(`ring_buffer__new: errno ${koffi.errno()}`);
  return {
    consume: () => consume(ring),
    close: () => {
      free(ring);
      koffi.unregister(callback);
    },
  };
}
