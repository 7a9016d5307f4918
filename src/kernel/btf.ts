import { loadNative, type Pointer } from './ffi.ts';
import { nativeWords } from './memory.ts';

const BTF_KIND_TYPEDEF = 8;

/**
 * How many arguments the running kernel's tracepoint has, or null where it has no such tracepoint; from the BTF of
 * its `btf_trace_NAME` (include/trace/bpf_probe.h). The first, internal one is not counted. Null: no BTF to read.
 */
export function tracepointArguments(names: readonly string[]): Map<string, number | null> | null {
  const { bpf } = loadNative();
  const btf = bpf.vmlinuxBtf();
  if (!btf) return null;
  const counts = new Map(names.map((name) => [name, argumentsOf(btf, name)]));
  bpf.freeBtf(btf);
  return counts;
}

/** struct btf_type: name_off, info (vlen in the low 16 bits), type. Typedef -> pointer -> function prototype. */
function argumentsOf(btf: Pointer, tracepoint: string): number | null {
  const { bpf } = loadNative();
  const typedef = bpf.findType(btf, `btf_trace_${tracepoint}`, BTF_KIND_TYPEDEF);
  if (typedef < 0) return null;
  const pointer = typeWords(btf, typedef)[2]!;
  const prototype = typeWords(btf, pointer)[2]!;
  return (typeWords(btf, prototype)[1]! & 0xffff) - 1;
}

function typeWords(btf: Pointer, id: number): Uint32Array {
  return nativeWords(loadNative().bpf.typeById(btf, id)!, 3);
}
