import type { Config } from '../config/config.ts';
import type { Listener, ProcessEvent } from '../decode/event.ts';
import type { Exemplar, PoolSample, RequestSample, TcpSample } from '../decode/sample.ts';
import { KernelError } from '../kernel/errors.ts';
import { RequestProbe } from './request.ts';
import { SchedProbe } from './sched.ts';
import { TcpProbe } from './tcp.ts';
import type { Membership, ProgramStats, RingStats, Sheddable } from './types.ts';

type Wanted = Pick<Config, 'limits' | 'probes'>;
type Warn = (message: string) => void;

/** All probes of one daemon, opened in the order in which they lean on each other, and closed the other way. */
export class Probes implements Membership {
  readonly sched: SchedProbe;
  readonly #tcp: TcpProbe;
  readonly #counted: boolean;
  readonly #request: RequestProbe | null;
  #requestsShed = false;

  private constructor(sched: SchedProbe, tcp: TcpProbe, counted: boolean, request: RequestProbe | null) {
    this.sched = sched;
    this.#tcp = tcp;
    this.#counted = counted;
    this.#request = request;
  }

  /** Nothing stays behind where it fails. A kernel that refuses requests only costs those. @throws KernelError */
  static async open({ limits, probes }: Wanted, warn: Warn): Promise<Probes> {
    const { pools, workers, memoryBytes } = limits;
    const { ring, request: requests } = probes;
    const opened: { close(): void }[] = [];
    try {
      const sched = await SchedProbe.open({ pools, workers, memoryBytes, ring, requests, connections: probes.tcp });
      opened.push(sched);
      const tcp = await TcpProbe.open(sched, { count: probes.tcp, requests });
      opened.push(tcp);
      const request = requests ? await openRequests(sched, tcp, ring, warn) : null;
      if (requests && request === null) await tcp.seeQueues();
      return new Probes(sched, tcp, probes.tcp, request);
    } catch (error) {
      for (const probe of opened.reverse()) probe.close();
      throw error;
    }
  }

  assign(tid: number, pool: number | null, worker: boolean): void {
    this.sched.assign(tid, pool, worker);
  }

  policy(pool: number, policy: { threads: boolean; children: boolean }): void {
    this.sched.policy(pool, policy);
  }

  release(pool: number): void {
    this.sched.release(pool);
    this.#tcp.release(pool);
    this.#request?.release(pool);
  }

  flush(): void {
    this.sched.flush();
  }

  /** Who listens on TCP; each pool's sockets are followed from then on. */
  listeners(): Listener[] {
    return this.#tcp.listeners();
  }

  /** The ports of a pool, and on which of them its requests are measured. True: listeners() is worth another call. */
  serve(pool: number, ports: readonly number[], measured: ReadonlySet<number>): boolean {
    return this.#tcp.serve(pool, ports, measured);
  }

  samples(): Map<number, PoolSample> {
    return this.sched.sample();
  }

  /** Null where requests are not followed, or given up for now. */
  requests(pool: number): RequestSample | null {
    return this.#requestsShed ? null : (this.#request?.sample(pool) ?? null);
  }

  /** Its requests by latency, cumulative, in an array that the next call writes over; null as for requests(). */
  latencies(pool: number): { atNs: number; counts: Float64Array } | null {
    return this.#requestsShed ? null : (this.#request?.latencies(pool) ?? null);
  }

  /** Null where TCP is not counted. */
  tcp(pool: number): TcpSample | null {
    return this.#counted ? this.#tcp.sample(pool) : null;
  }

  /** Maxima are of the interval that begins now. */
  turnMaxima(): void {
    this.#tcp.turnMaxima();
  }

  wantExemplars(pool: number, slowNs: number): void {
    this.#request?.wantExemplars(pool, slowNs);
  }

  drain(onProcess: (event: ProcessEvent) => void, onExemplar: (exemplar: Exemplar) => void): void {
    this.sched.drain(onProcess);
    this.#request?.drain(onExemplar);
  }

  rings(): RingStats[] {
    return [...this.sched.rings(), ...(this.#request?.rings() ?? [])];
  }

  programs(): ProgramStats[] {
    return [this.sched, this.#tcp, this.#request].flatMap((probe) => probe?.programs() ?? []);
  }

  memory(): { object: string; bytes: number }[] {
    return [this.sched, this.#tcp, this.#request].flatMap((probe) => probe?.memory() ?? []);
  }

  shed(work: Sheddable, off: boolean): void {
    if (work === 'requests') {
      this.#requestsShed = off;
      this.#request?.shed(off);
    } else this.sched.shed(work, off);
  }

  close(): void {
    this.#request?.close();
    this.#tcp.close();
    this.sched.close();
  }
}

async function openRequests(sched: SchedProbe, tcp: TcpProbe, ring: 'bpf' | 'perf', warn: Warn) {
  try {
    return await RequestProbe.open(sched, tcp, { ring });
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    warn(`${error.message}; lost: the latency of requests and its parts. ${error.remedy}`);
    return null;
  }
}
