import { AcceptCell, PortKey, PortPlan } from '../decode/layout.gen.ts';
import type { AcceptQueue } from '../decode/sample.ts';
import type { SyscallMap } from '../kernel/map.ts';

type Port = { port: number; cell: number; measured: boolean; mostBefore: number };
/** A pool's index, and which of the pools that have had it. */
export type PoolIndex = { pool: number; generation: number };

/** Which ports the kernel side knows of each pool, with the cell where it keeps the accept queue of each. */
export class PortTable {
  readonly #map: Pick<SyscallMap, 'update' | 'remove'>;
  readonly #cells: Int32Array;
  readonly #free: number[];
  readonly #pools = new Map<number, Port[]>();

  constructor(map: Pick<SyscallMap, 'update' | 'remove'>, cells: ArrayBuffer) {
    this.#map = map;
    this.#cells = new Int32Array(cells);
    this.#free = Array.from({ length: cells.byteLength / AcceptCell.size }, (_, i) => i).reverse();
  }

  /** True: something has changed. Ports beyond the table's room are not followed. */
  serve(index: PoolIndex, wanted: readonly number[], measured: ReadonlySet<number>): boolean {
    const { pool } = index;
    const had = this.#pools.get(pool) ?? [];
    const ports = new Set(wanted);
    const known = new Set(had.map(({ port }) => port));
    const gone = had.filter(({ port }) => !ports.has(port));
    const turned = had.filter((old) => ports.has(old.port) && old.measured !== measured.has(old.port));
    for (const old of gone) this.#remove(pool, old);
    for (const old of turned) old.measured = !old.measured;
    const fresh = [...ports].filter((port) => !known.has(port)).flatMap((port) => this.#add(index, port, measured));
    for (const port of [...turned, ...fresh]) this.#map.update(keyOf(pool, port.port), planOf(port));
    this.#pools.set(pool, [...had.filter(({ port }) => ports.has(port)), ...fresh]);
    return gone.length + turned.length + fresh.length > 0;
  }

  /** Forgets a pool. */
  release(pool: number): void {
    for (const port of this.#pools.get(pool) ?? []) this.#remove(pool, port);
    this.#pools.delete(pool);
  }

  /** Those with a listener that has been seen. */
  read(pool: number): AcceptQueue[] {
    return (this.#pools.get(pool) ?? [])
      .map(({ port, cell, mostBefore }) => ({
        port,
        most: Math.max(mostBefore, Atomics.load(this.#cells, wordOf(cell, 'most')) >>> 0),
        limit: (Atomics.load(this.#cells, wordOf(cell, 'limit')) >>> 0) - 1,
      }))
      .filter(({ limit }) => limit >= 0);
  }

  /** A new interval begins; the one before counts too until the next call, so that no read finds one just begun. */
  turnMaxima(): void {
    for (const port of [...this.#pools.values()].flat())
      port.mostBefore = Atomics.exchange(this.#cells, wordOf(port.cell, 'most'), 0) >>> 0;
  }

  #add({ pool, generation }: PoolIndex, port: number, measured: ReadonlySet<number>): Port[] {
    const cell = this.#free.pop();
    if (cell === undefined) return [];
    const owner = wordOf(cell, 'owner');
    this.#cells.fill(0, owner, owner + (AcceptCell.size >> 2));
    Atomics.store(this.#cells, owner + 1, generation);
    Atomics.store(this.#cells, owner, (pool << 16) | port);
    return [{ port, cell, measured: measured.has(port), mostBefore: 0 }];
  }

  #remove(pool: number, { port, cell }: Port): void {
    this.#map.remove(keyOf(pool, port));
    Atomics.store(this.#cells, wordOf(cell, 'owner'), 0);
    this.#free.push(cell);
  }
}

/** Where a field of a cell begins, in words. */
function wordOf(cell: number, field: 'owner' | 'most' | 'limit'): number {
  return (cell * AcceptCell.size + AcceptCell[field]) >> 2;
}

function keyOf(pool: number, port: number): Uint8Array {
  const words = new Uint32Array(PortKey.size >> 2);
  words[PortKey.pool >> 2] = pool;
  words[PortKey.port >> 2] = port;
  return new Uint8Array(words.buffer);
}

function planOf({ cell, measured }: Port): Uint8Array {
  const words = new Uint32Array(PortPlan.size >> 2);
  words[PortPlan.cell >> 2] = cell;
  words[PortPlan.requests >> 2] = measured ? 1 : 0;
  return new Uint8Array(words.buffer);
}
