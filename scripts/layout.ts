import { type Btf, type BtfMember, type BtfType, holdsPointer, resolve, sizeOf } from './btf.ts';

/** Names of the structs and enums that a header declares; their layout comes from BTF alone. */
export function declaredIn(header: string): { kind: 'STRUCT' | 'ENUM'; name: string }[] {
  const found = header.matchAll(/^(struct|enum)\s+(\w+)\s*\{/gm);
  return [...found].map(([, kind, name]) => ({ kind: kind === 'struct' ? 'STRUCT' : 'ENUM', name: name! }));
}

/**
 * TypeScript constants for every type that the header declares, from the BTF of the objects that use them.
 * Throws on a type that no object has, that two lay out differently, or whose bytes are not all its fields'.
 */
export function renderLayout(header: string, btfs: readonly Btf[]): string {
  const parts = declaredIn(header).map(({ kind, name }) => {
    const renderings = new Set(btfs.flatMap((btf) => renderFrom(btf, kind, name)));
    if (renderings.size === 1) return [...renderings][0];
    const what = `${kind.toLowerCase()} ${name}`;
    if (renderings.size > 1) throw new Error(`${what}: two objects lay it out differently`);
    throw new Error(`${what}: in no object's BTF; anchor it with an unused global pointer`);
  });
  return [HEAD, ...parts].join('\n');
}

const HEAD = `// Generated from the compiled objects' BTF by scripts/gen-layout.ts (make generate). Not to be edited.
// Offsets and sizes in bytes; X_count is the length of array X.
`;

function renderFrom(btf: Btf, kind: string, name: string): string[] {
  const type = [...btf.values()].find((each) => each.kind === kind && each.name === name);
  if (!type) return [];
  return [kind === 'STRUCT' ? renderStruct(btf, type) : renderEnum(type)];
}

function renderStruct(btf: Btf, type: BtfType): string {
  const entries: [string, number][] = [['size', type.size!]];
  let end = 0;
  for (const member of type.members!) {
    const offset = checkedOffset(btf, type, member, end);
    end = offset + sizeOf(btf, member.type_id);
    entries.push([member.name, offset]);
    const { kind, nr_elems } = resolve(btf, member.type_id);
    if (kind === 'ARRAY') entries.push([`${member.name}_count`, nr_elems!]);
  }
  if (end !== type.size) throw new Error(`struct ${type.name}: ${type.size! - end} bytes of padding at its end`);
  return renderObject(type.name, entries);
}

function checkedOffset(btf: Btf, type: BtfType, member: BtfMember, end: number): number {
  const where = `struct ${type.name}, field ${member.name}`;
  if (member.name === 'size' || member.name === '(anon)') throw new Error(`${where}: needs a name, and not "size"`);
  if (member.bitfield_size || member.bits_offset % 8 !== 0) throw new Error(`${where}: a bitfield`);
  if (holdsPointer(btf, member.type_id)) throw new Error(`${where}: a pointer`);
  const offset = member.bits_offset / 8;
  if (offset !== end) throw new Error(`${where}: a hole of ${offset - end} bytes before it`);
  return offset;
}

function renderEnum(type: BtfType): string {
  const values = type.values!;
  const prefix = commonPrefix(values.map((value) => value.name));
  return renderObject(
    type.name,
    values.map(({ name, val }) => [name.slice(prefix.length), Number(BigInt.asUintN(32, BigInt(val)))]),
  );
}

/** Up to and with the last underscore that all names share. */
function commonPrefix(names: readonly string[]): string {
  let prefix = names[0]!.slice(0, names[0]!.lastIndexOf('_') + 1);
  while (!names.every((name) => name.startsWith(prefix)))
    prefix = prefix.slice(0, prefix.slice(0, -1).lastIndexOf('_') + 1);
  return prefix;
}

function renderObject(cName: string, entries: readonly [string, number][]): string {
  const name = cName.replace(/(?:^|_)(\w)/g, (_, first: string) => first.toUpperCase());
  const lines = entries.map(([key, value]) => `  ${key}: ${value},`);
  return `export const ${name} = {\n${lines.join('\n')}\n} as const;\n`;
}
