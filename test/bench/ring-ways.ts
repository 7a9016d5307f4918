import { ProcessEvent as Layout } from '../../src/decode/layout.gen.ts';
import { decodeProcessEvent } from '../../src/decode/process_event.ts';
import { u64At } from '../../src/decode/words.ts';
import { BpfRing, type RecordHandler } from '../../src/kernel/ring.ts';
import { callbackRing } from './ring-callback.ts';

const RING_BYTES = 4 << 20;

/** `sees`: adds up the tids of what it read. `consume` takes all that is in the ring and returns how many records. */
export type Way = { sees: boolean; consume: () => number; close: () => void };

/** What the handlers read ends here, so that no read can be optimized away. */
export const seen = { tids: 0, low: 0, high: 0, cgroups: 0, time_ns: 0 };

export const IN_PLACE = 'in place: tid and time read as 32-bit words';

export const WAYS: Readonly<Record<string, (mapFd: number) => Way>> = {
  [IN_PLACE]: inPlace((words, at) => {
    seen.tids += words[at + (Layout.tid >> 2)]!;
    seen.low ^= words[at + (Layout.at_ns >> 2)]!;
    seen.high ^= words[at + (Layout.at_ns >> 2) + 1]!;
  }),
  'in place: tid; cgroup and time as Numbers': inPlace((words, at) => {
    seen.tids += words[at + (Layout.tid >> 2)]!;
    seen.cgroups += u64At(words, at + (Layout.cgroup_id >> 2));
    seen.time_ns = u64At(words, at + (Layout.at_ns >> 2));
  }),
  'in place: a ProcessEvent made of it': inPlace((words, at) => {
    seen.tids += decodeProcessEvent(words, at)!.tid;
  }),
  'libbpf callback through FFI, empty': (mapFd) => ({ sees: false, ...callbackRing(mapFd, null) }),
  'libbpf callback through FFI, struct decoded': (mapFd) => ({ sees: true, ...callbackRing(mapFd, add) }),
};

function inPlace(handler: RecordHandler): (mapFd: number) => Way {
  return (mapFd) => {
    const source = new BpfRing('bench', mapFd, RING_BYTES);
    return { sees: true, consume: () => source.drain(handler), close: () => source.close() };
  };
}

function add(tid: number): void {
  seen.tids += tid;
}
