import type { ProcessEvent } from './event.ts';
import { ProcessEvent as Layout, ProcessEventKind } from './layout.gen.ts';
import { printable } from './printable.ts';
import { u64At } from './words.ts';

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
    cgroupId: u64At(words, at + (Layout.cgroup_id >> 2)),
    atNs: u64At(words, at + (Layout.at_ns >> 2)),
    comm: printable(new Uint8Array(words.buffer, words.byteOffset + at * 4 + Layout.comm, Layout.comm_count)),
    pool: pool === 0 ? null : pool - 1,
  };
}
