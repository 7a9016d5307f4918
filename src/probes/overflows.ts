import type { SeenListener } from '../decode/listener.ts';

/** One listening socket in one look, with all that hold it. */
type Socket = Omit<SeenListener, 'tgid'> & { tgids: number[]; grown: number };

/**
 * Connections that found an accept queue full. The kernel counts them in each network namespace (ListenOverflows); on
 * each listener it counts what it drops there for any reason. So what a namespace's counter has grown by between two
 * looks goes to the listener whose queue was full, and by their drops where several were: exact for one, and in sum.
 * What a listener drops after the last look that finds it is not seen.
 */
export class Overflows {
  readonly #counterOf: (tgid: number) => number | null;
  /** By inode: drops accounted for. */
  #drops = new Map<number, number>();
  /** By network namespace: ListenOverflows accounted for. */
  #counted = new Map<number, number>();
  readonly #pools = new Map<number, number>();

  /** @param counterOf ListenOverflows of a process's network namespace; null: the process has gone. */
  constructor(counterOf: (tgid: number) => number | null) {
    this.#counterOf = counterOf;
  }

  /** After each look, with all that it has found. */
  update(found: readonly SeenListener[]): void {
    const [drops, counted] = [this.#drops, this.#counted];
    this.#drops = new Map();
    this.#counted = new Map();
    for (const [netns, group] of Map.groupBy(found, (listener) => listener.netns)) {
      const known = counted.get(netns);
      const sockets = socketsOf(group, known === undefined ? null : drops);
      const now = this.#counter(sockets, known);
      if (now === null) this.#keep(netns, known, sockets, drops);
      else {
        this.#counted.set(netns, now);
        for (const socket of sockets) this.#drops.set(socket.inode, socket.drops);
        if (known !== undefined) this.#share(sockets, now - known);
      }
    }
  }

  /** Asked only where something was dropped. */
  #counter(sockets: readonly Socket[], known: number | undefined): number | null {
    if (known !== undefined && sockets.every(({ grown }) => grown === 0)) return known;
    for (const tgid of new Set(sockets.flatMap(({ tgids }) => tgids))) {
      const now = this.#counterOf(tgid);
      if (now !== null) return now;
    }
    return null;
  }

  /** The next look makes up for it. */
  #keep(netns: number, known: number | undefined, sockets: readonly Socket[], drops: Map<number, number>): void {
    if (known === undefined) return;
    this.#counted.set(netns, known);
    for (const { inode } of sockets) if (drops.has(inode)) this.#drops.set(inode, drops.get(inode)!);
  }

  #share(sockets: readonly Socket[], overflows: number): void {
    const dropping = sockets.filter(({ grown }) => grown > 0);
    const full = dropping.filter((socket) => socket.full);
    const sharing = full.length > 0 ? full : dropping;
    const sum = sharing.reduce((all, { grown }) => all + grown, 0);
    const total = Math.min(overflows, sum);
    let [reached, given] = [0, 0];
    for (const { pool, grown } of sharing) {
      reached += grown;
      const upTo = Math.round((total * reached) / sum);
      if (pool !== null) this.#pools.set(pool, this.read(pool) + upTo - given);
      given = upTo;
    }
  }

  /** Of a pool, since it has its index. */
  read(pool: number): number {
    return this.#pools.get(pool) ?? 0;
  }

  release(pool: number): void {
    this.#pools.delete(pool);
  }
}

/** @param drops null: what there is now is the beginning; else one that is not in it began with none. */
function socketsOf(found: readonly SeenListener[], drops: ReadonlyMap<number, number> | null): Socket[] {
  return [...Map.groupBy(found, (listener) => listener.inode).values()].map((holders) => {
    const first = holders[0]!;
    return {
      ...first,
      pool: holders.find(({ pool }) => pool !== null)?.pool ?? null,
      full: holders.some(({ full }) => full),
      tgids: holders.map(({ tgid }) => tgid),
      grown: drops === null ? 0 : (first.drops - (drops.get(first.inode) ?? 0)) >>> 0,
    };
  });
}
