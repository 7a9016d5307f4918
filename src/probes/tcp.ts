import { fileURLToPath } from 'node:url';
import type { Listener } from '../decode/event.ts';
import { AcceptCell, Listener as Layout, TcpControl, TcpTotals } from '../decode/layout.gen.ts';
import type { TcpSample } from '../decode/sample.ts';
import { TcpCounts } from '../decode/tcp_counts.ts';
import { runIterator } from '../kernel/iterator.ts';
import { memoryOf } from '../kernel/memory.ts';
import { BpfObject, type ProgramInfo } from '../kernel/object.ts';
import { PortTable } from './port_table.ts';
import type { SchedProbe, Shared } from './sched.ts';

const OBJECT = fileURLToPath(new URL('../../build/bpf/tcp.bpf.o', import.meta.url));
const AF_INET6 = 10;
/** Listening ports of all pools together. */
const PORTS = 1024;
const PROGRAMS = ['on_set_state'];
const COUNTERS = ['on_retransmit_skb', 'on_retransmit_synack', 'on_send_reset', 'on_receive_reset'];
const LISTENER_READY = 'on_listener_ready';
const SOCKET_MAPS = ['sockets', 'accept_cells'];

export type TcpOptions = {
  /** Everything of `pooldrift_tcp_*` is counted. */
  count: boolean;
  /** The request probe is to run beside it. */
  requests: boolean;
};

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
  readonly #sockets: number;

  private constructor(object: BpfObject, pools: number, sockets: number) {
    this.#object = object;
    this.#link = object.iteratorLink('look_at_sockets');
    this.#totals = object.view('tcp_totals', pools * TcpTotals.size).bytes;
    this.#control = new Int32Array(object.view('.data.tcp', TcpControl.size).bytes);
    this.#ports = new PortTable(object.syscallMap('ports'), object.view('accept_cells', PORTS * AcceptCell.size).bytes);
    this.#sockets = sockets;
  }

  static async open(sched: SchedProbe, options: TcpOptions): Promise<TcpProbe> {
    const { pools, sockets } = sched.plan;
    const shared = sched.share(['tasks', 'front', 'slots', '.data.control']);
    const object = await BpfObject.load('tcp', OBJECT, {
      entries: { tcp_totals: pools, ports: PORTS, accept_cells: PORTS },
      without: [],
      constants: shared.constants,
      shared: shared.maps,
    });
    try {
      const probe = new TcpProbe(object, pools, sockets);
      await object.attach(wanted(options));
      Atomics.store(probe.#control, TcpControl.sockets_most >> 2, sockets);
      return probe;
    } catch (error) {
      object.close();
      throw error;
    }
  }

  /** Maps that the request probe works on too. */
  share(): Shared['maps'] {
    return Object.fromEntries(SOCKET_MAPS.map((map) => [map, this.#object.mapFd(map)]));
  }

  /** The ports of a pool, and on which of them its requests are measured. True: something has changed. */
  serve(pool: number, ports: readonly number[], measured: ReadonlySet<number>): boolean {
    return this.#ports.serve(pool, ports, measured);
  }

  /** Every listening TCP socket with each process that holds it; each pool's sockets are followed from then on. */
  listeners(): Listener[] {
    const bytes = runIterator(this.#link);
    const words = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const found: Listener[] = [];
    for (let at = 0; at + (Layout.size >> 2) <= words.length; at += Layout.size >> 2) found.push(decode(words, at));
    return found;
  }

  /** Reads mapped memory only. Maxima are since the last call of turnMaxima(). */
  sample(pool: number): TcpSample {
    return { ...this.#countsOf(pool).read(), ...this.#ports.read(pool) };
  }

  /** Connections of a pool that found no room among `limits.memory`'s sockets. */
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
    this.#ports.serve(pool, [], new Set());
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
    return [{ object: this.#object.name, bytes: memoryOf(this.#object.mapFds()) }];
  }

  close(): void {
    this.#object.close();
  }
}

function wanted({ count, requests }: TcpOptions): string[] {
  if (!count) return requests ? PROGRAMS : [];
  return [...COUNTERS, ...(requests ? [] : [LISTENER_READY]), ...PROGRAMS];
}

function decode(words: Int32Array, at: number): Listener {
  return {
    tgid: words[at + (Layout.tgid >> 2)]!,
    port: words[at + (Layout.port >> 2)]!,
    family: words[at + (Layout.family >> 2)] === AF_INET6 ? 6 : 4,
    netns: words[at + (Layout.netns >> 2)]! >>> 0,
  };
}
