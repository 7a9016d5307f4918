import { execFileSync } from 'node:child_process';

/** One type of `bpftool -j btf dump`; only what layouts need. Offsets in bits. */
export type BtfType = {
  id: number;
  kind: string;
  name: string;
  size?: number;
  type_id?: number;
  nr_elems?: number;
  members?: BtfMember[];
  values?: { name: string; val: string }[];
};

export type BtfMember = { name: string; type_id: number; bits_offset: number; bitfield_size?: number };

export type Btf = ReadonlyMap<number, BtfType>;

/** The BTF of a compiled object. Throws where bpftool is missing or the object has none. */
export function readBtf(object: string): Btf {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  return parseBtf(execFileSync('bpftool', ['-j', 'btf', 'dump', 'file', object], { encoding: 'utf8', env }));
}

/** Enum values come as 64-bit decimals, which JSON numbers would round: they are kept as text. */
export function parseBtf(json: string): Btf {
  const dump = JSON.parse(json.replace(/"val":(-?\d+)/g, '"val":"$1"')) as { types: BtfType[] };
  return new Map(dump.types.map((type) => [type.id, type]));
}

const ALIASES = new Set(['TYPEDEF', 'CONST', 'VOLATILE', 'RESTRICT', 'TYPE_TAG']);

/** The type behind typedefs and qualifiers. */
export function resolve(btf: Btf, id: number): BtfType {
  const type = btf.get(id);
  if (!type) throw new Error(`BTF names type ${id}, which it does not have`);
  return ALIASES.has(type.kind) ? resolve(btf, type.type_id!) : type;
}

export function sizeOf(btf: Btf, id: number): number {
  const type = resolve(btf, id);
  if (type.kind === 'ARRAY') return type.nr_elems! * sizeOf(btf, type.type_id!);
  if (type.kind === 'PTR') return 8;
  return type.size ?? 0;
}

export function holdsPointer(btf: Btf, id: number): boolean {
  const type = resolve(btf, id);
  return type.kind === 'PTR' || (type.kind === 'ARRAY' && holdsPointer(btf, type.type_id!));
}
