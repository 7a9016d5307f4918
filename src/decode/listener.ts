import type { Listener } from './event.ts';
import { Listener as Layout } from './layout.gen.ts';

const AF_INET6 = 10;

/** One process that holds one listening TCP socket, as the look has found it. */
export type SeenListener = Listener & {
  /** The socket's inode. */
  inode: number;
  /** Which pool it counts for. */
  pool: number | null;
  /** What the kernel has dropped there, for whatever reason; 32 bits. */
  drops: number;
  /** Its accept queue is full, or has been since the last look. */
  full: boolean;
};

export function decodeListeners(bytes: Buffer): SeenListener[] {
  const words = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return Array.from({ length: Math.floor(bytes.length / Layout.size) }, (_, i) =>
    decode(words, i * (Layout.size >> 2)),
  );
}

function decode(words: Uint32Array, at: number): SeenListener {
  const field = (offset: number) => words[at + (offset >> 2)]!;
  const pool = field(Layout.pool);
  return {
    tgid: field(Layout.tgid),
    port: field(Layout.port),
    family: field(Layout.family) === AF_INET6 ? 6 : 4,
    netns: field(Layout.netns),
    inode: field(Layout.inode) + field(Layout.inode + 4) * 2 ** 32,
    pool: pool === 0 ? null : pool - 1,
    drops: field(Layout.drops),
    full: field(Layout.full) !== 0,
  };
}
