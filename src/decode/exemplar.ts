import { Exemplar as Layout } from './layout.gen.ts';
import { partsOf } from './request_counts.ts';
import type { Exemplar } from './sample.ts';
import { plainU64At } from './words.ts';

/** One slow request, from a ring's record at `at`. */
export function decodeExemplar(words: Int32Array, at: number): Exemplar {
  const u64 = (offset: number) => plainU64At(words, at + (offset >> 2));
  const u32 = (offset: number) => words[at + (offset >> 2)]! >>> 0;
  const latencyNs = u64(Layout.latency_ns);
  return {
    pool: u32(Layout.pool),
    tid: u32(Layout.tid),
    port: u32(Layout.port),
    atNs: u64(Layout.at_ns),
    latencyNs,
    partNs: partsOf(latencyNs, (place) => u64(Layout.part_ns + 8 * place)),
    moved: u32(Layout.moved) !== 0,
  };
}
