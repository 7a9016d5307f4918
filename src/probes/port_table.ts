import { AcceptCell, PortKey, PortPlan } from '../decode/layout.gen.ts';
import type { AcceptQueue } from '../decode/sample.ts';
import { u64At } from '../decode/words.ts';
import type { SyscallMap } from '../kernel/map.ts';

type Port = { port: number; cell: number; measured: boolean };

/** Which ports the kernel side knows of each pool, with the cell where it keeps the accept queue of each. */
export class PortTable {
  readonly #map: SyscallMap;
  readonly #cells: Int32Array;
  readonly #free: number[];
  readonly #pools = new Map<number, Port[]>();
  /** Overflows of ports that a pool has given up, by pool. */
  readonly #before = new Map<number, number>();

  constructor(map: SyscallMap, cells: ArrayBuffer) {
    this.#map = map;
    this.#cells = new Int32Array(cells);
    this.#free = Array.from({ length: cells.byteLength / AcceptCell.size }, (_, i) => i).reverse();
  }

  /** True: something has changed. Ports beyond the table's room are not followed. */
  serve(pool: number, ports: readonly number[], measured: ReadonlySet<number>): boolean {
    const had = this.#pools.get(pool) ?? [];
    const gone = had.filter(({ port }) => !ports.includes(port));
    const kept = had.filter(({ port }) => ports.includes(port));
    const added = ports.filter((port) => !had.some((old) => old.port === port));
    const turned = kept.filter((old) => old.measured !== measured.has(old.port));
    for (const old of gone) this.#remove(pool, old);
    for (const old of turned) old.measured = measured.has(old.port);
    const fresh = added.flatMap((port) => this.#add(port, measured.has(port)));
    for (const port of [...turned, ...fresh]) this.#map.update(keyOf(pool, port.port), planOf(port));
    if (ports.length === 0) this.#pools.delete(pool);
    else this.#pools.set(pool, [...kept, ...fresh]);
    if (ports.length === 0 && had.length === 0) this.#before.delete(pool);
    return gone.length + added.length + turned.length > 0;
  }

  read(pool: number): { acceptQueues: AcceptQueue[]; acceptOverflows: number } {
    const ports = this.#pools.get(pool) ?? [];
    const overflows = ports.reduce((sum, { cell }) => sum + this.#overflows(cell), this.#before.get(pool) ?? 0);
    const acceptQueues = ports
      .map(({ port, cell }) => ({ port, most: this.#word(cell, 'most'), limit: this.#word(cell, 'limit') }))
      .filter(({ limit }) => limit > 0);
    return { acceptQueues, acceptOverflows: overflows };
  }

  /** A new interval begins. */
  turnMaxima(): void {
    for (const ports of this.#pools.values())
      for (const { cell } of ports) Atomics.store(this.#cells, (cell * AcceptCell.size + AcceptCell.most) >> 2, 0);
  }

  #word(cell: number, field: 'most' | 'limit'): number {
    return Atomics.load(this.#cells, (cell * AcceptCell.size + AcceptCell[field]) >> 2) >>> 0;
  }

  #overflows(cell: number): number {
    return u64At(this.#cells, (cell * AcceptCell.size + AcceptCell.overflows) >> 2);
  }

  #add(port: number, measured: boolean): Port[] {
    const cell = this.#free.pop();
    if (cell === undefined) return [];
    this.#cells.fill(0, (cell * AcceptCell.size) >> 2, ((cell + 1) * AcceptCell.size) >> 2);
    return [{ port, cell, measured }];
  }

  #remove(pool: number, { port, cell }: Port): void {
    this.#map.remove(keyOf(pool, port));
    this.#before.set(pool, (this.#before.get(pool) ?? 0) + this.#overflows(cell));
    this.#free.push(cell);
  }
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
