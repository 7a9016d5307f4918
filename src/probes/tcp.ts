import { fileURLToPath } from 'node:url';
import type { Listener } from '../decode/event.ts';
import { AcceptCell, TcpControl, TcpTotals } from '../decode/layout.gen.ts';
import { decodeListeners } from '../decode/listener.ts';
import type { TcpSample } from '../decode/sample.ts';
import { TcpCounts } from '../decode/tcp_counts.ts';
import { runIterator } from '../kernel/iterator.ts';
import { memoryOf } from '../kernel/memory.ts';
import { listenOverflows } from '../kernel/netstat.ts';
import { BpfObject, type ProgramInfo } from '../kernel/object.ts';
import { Overflows } from './overflows.ts';
import { PortTable } from './port_table.ts';
import type { SchedProbe, Shared } from './sched.ts';
import { type SchedPlan, SOCKET_BYTES } from './sched_plan.ts';
import { programsFor, QUEUES, type TcpOptions } from './tcp_needs.ts';

const OBJECT = fileURLToPath(new URL('../../build/bpf/tcp.bpf.o', import.meta.url));
/** Listening ports of all pools together. */
export const PORTS = 1024;
const SOCKET_MAPS = ['sockets', 'accept_cells'];

/**
 * The TCP sockets of pools. Who listens is told in any case: one pass of the kernel's own iterator over all open files,
 * in every network namespace; the rest by bpf/tcp.bpf.c's programs.
 */
export class TcpProbe {
  readonly #object: BpfObject;
  readonly #link: number;
  readonly #ports: PortTable;
  readonly #totals: ArrayBuffer;
  readonly #control: Int32Array;
  readonly #counts = new Map<number, TcpCounts>();
  readonly #overflows = new Overflows(listenOverflows);
  readonly #counting: boolean;
  readonly #sockets: number;

  private constructor(object: BpfObject, plan: SchedPlan, options: TcpOptions) {
    this.#object = object;
    this.#counting = options.count;
    this.#sockets = options.count || options.requests ? plan.sockets : 0;
    this.#link = object.iteratorLink('look_at_sockets');
    this.#totals = object.view('tcp_totals', plan.pools * TcpTotals.size).bytes;
    this.#control = new Int32Array(object.view('.data.tcp', TcpControl.size).bytes);
    this.#ports = new PortTable(object.syscallMap('ports'), object.view('accept_cells', PORTS * AcceptCell.size).bytes);
    Atomics.store(this.#control, TcpControl.sockets_most >> 2, this.#sockets);
  }

  /** Loads and attaches; nothing stays behind where it fails. @throws KernelError */
  static async open(sched: SchedProbe, options: TcpOptions): Promise<TcpProbe> {
    const { attached, without } = programsFor(options);
    const shared = sched.share(['tasks', 'front', 'slots', '.data.control']);
    const object = await BpfObject.load('tcp', OBJECT, {
      entries: { tcp_totals: sched.plan.pools, ports: PORTS, accept_cells: PORTS },
      without,
      constants: shared.constants,
      shared: shared.maps,
    });
    try {
      const probe = new TcpProbe(object, sched.plan, options);
      await object.attach(attached);
      return probe;
    } catch (error) {
      object.close();
      throw error;
    }
  }

  /** The accept queues' maxima, where no request probe came that would see to them. */
  async seeQueues(): Promise<void> {
    if (this.#object.has(QUEUES)) await this.#object.attach([QUEUES]);
  }

  /** Maps that the request probe works on too. */
  share(): Shared['maps'] {
    return Object.fromEntries(SOCKET_MAPS.map((map) => [map, this.#object.mapFd(map)]));
  }

  /**
   * The ports of a pool, and on which of them its requests are measured; its sockets are followed from the first call on.
   * True: something has changed.
   */
  serve(pool: number, ports: readonly number[], measured: ReadonlySet<number>): boolean {
    const counts = this.#countsOf(pool);
    const fresh = counts.take();
    const changed = this.#ports.serve({ pool, generation: counts.generation() }, ports, measured);
    return fresh || changed;
  }

  /** Every listening TCP socket with each process that holds it; each pool's sockets are followed from then on. */
  listeners(): Listener[] {
    Atomics.add(this.#control, TcpControl.look >> 2, 1);
    const found = decodeListeners(runIterator(this.#link));
    if (this.#counting) this.#overflows.update(found);
    return found;
  }

  /** Reads mapped memory only. Maxima are since the call of turnMaxima() before the last. */
  sample(pool: number): TcpSample {
    return {
      ...this.#countsOf(pool).read(),
      acceptQueues: this.#ports.read(pool),
      acceptOverflows: this.#overflows.read(pool),
    };
  }

  /** Sockets of a pool that found no room among `limits.memory`'s; at each look again. */
  socketsRefused(pool: number): number {
    return this.#countsOf(pool).refused();
  }

  turnMaxima(): void {
    this.#ports.turnMaxima();
  }

  /** Connections and listeners that are followed now, and how many there may be. */
  sockets(): { followed: number; most: number } {
    return { followed: Atomics.load(this.#control, TcpControl.sockets >> 2), most: this.#sockets };
  }

  /** Forgets a pool, so that its index can serve another. Its sockets count for nobody then. */
  release(pool: number): void {
    this.#ports.release(pool);
    this.#overflows.release(pool);
    this.#countsOf(pool).release();
    this.#counts.delete(pool);
  }

  #countsOf(pool: number): TcpCounts {
    let counts = this.#counts.get(pool);
    if (counts === undefined) {
      counts = new TcpCounts(this.#totals, pool);
      this.#counts.set(pool, counts);
    }
    return counts;
  }

  programs(): ProgramInfo[] {
    return this.#object.programInfos();
  }

  memory(): { object: string; bytes: number }[] {
    const bytes = memoryOf(this.#object.mapFds()) + this.sockets().followed * SOCKET_BYTES;
    return [{ object: this.#object.name, bytes }];
  }

  close(): void {
    this.#object.close();
  }
}
