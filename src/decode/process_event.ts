import type { ProcessEvent } from './event.ts';
import { ProcessEvent as Layout, ProcessEventKind } from './layout.gen.ts';
import { printable } from './printable.ts';
import { plainU64At } from './words.ts';

const BACKSLASH = 0x5c;

const KINDS: Record<number, ProcessEvent['kind']> = {
  [ProcessEventKind.FORK]: 'fork',
  [ProcessEventKind.EXEC]: 'exec',
  [ProcessEventKind.EXIT]: 'exit',
  [ProcessEventKind.THREAD_START]: 'thread-start',
  [ProcessEventKind.THREAD_EXIT]: 'thread-exit',
  [ProcessEventKind.RENAME]: 'rename',
  [ProcessEventKind.CGROUP]: 'cgroup',
};

/** Decodes one record in place; null: not a record that this version knows. */
export function decodeProcessEvent(words: Int32Array, at: number): ProcessEvent | null {
  const kind = KINDS[words[at + (Layout.kind >> 2)]!];
  if (kind === undefined) return null;
  const pool = words[at + (Layout.pool >> 2)]!;
  return {
    kind,
    tid: words[at + (Layout.tid >> 2)]!,
    tgid: words[at + (Layout.tgid >> 2)]!,
    parentTgid: words[at + (Layout.parent_tgid >> 2)]!,
    cgroupId: plainU64At(words, at + (Layout.cgroup_id >> 2)),
    atNs: plainU64At(words, at + (Layout.at_ns >> 2)),
    comm: commAt(words, at),
    pool: pool === 0 ? null : pool - 1,
  };
}

/** Nearly every command is plain ASCII: read from the words where they lie, 20 times as fast as by way of a view. */
function commAt(words: Int32Array, at: number): string {
  const first = at + (Layout.comm >> 2);
  let comm = '';
  for (let i = 0; i < Layout.comm_count; i++) {
    const byte = (words[first + (i >> 2)]! >>> ((i & 3) * 8)) & 0xff;
    if (byte === 0) return comm;
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return printable(commBytes(words, at));
    comm += String.fromCharCode(byte);
  }
  return comm;
}

function commBytes(words: Int32Array, at: number): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset + at * 4 + Layout.comm, Layout.comm_count);
}
