import { fileURLToPath } from 'node:url';
import { decodeExemplar } from '../decode/exemplar.ts';
import { RequestControl, RequestPlan, RequestStripe } from '../decode/layout.gen.ts';
import { doubtsOf, RequestCounts } from '../decode/request_counts.ts';
import type { Exemplar, RequestSample } from '../decode/sample.ts';
import { u64At } from '../decode/words.ts';
import { memoryOf } from '../kernel/memory.ts';
import { BpfObject, type ProgramInfo } from '../kernel/object.ts';
import { PerfRing } from '../kernel/perf_ring.ts';
import { BpfRing, type Ring } from '../kernel/ring.ts';
import { type Answers, LEFT_OUT, ladder, PROGRAMS } from './request_needs.ts';
import type { SchedProbe } from './sched.ts';
import { EXEMPLAR_RING_BYTES } from './sched_plan.ts';
import type { TcpProbe } from './tcp.ts';
import type { RingStats } from './types.ts';

const OBJECT = fileURLToPath(new URL('../../build/bpf/request.bpf.o', import.meta.url));
/** Slow requests a pool and second that go to the ring. */
const EXEMPLARS = 4;

export type RequestOptions = {
  ring: 'bpf' | 'perf';
  /** Tests only: how responses are seen; default: the best that this kernel has. */
  answers?: Answers;
  /** Tests only: so many slow requests a pool go to the ring after each call of wantExemplars(). */
  exemplars?: number;
};

type Chosen = RequestOptions & { answers: Answers };

/** The request probe: bpf/request.bpf.c loaded and attached, its tables mapped. */
export class RequestProbe {
  /** How responses are seen. */
  readonly answers: Answers;
  readonly #object: BpfObject;
  readonly #tcp: TcpProbe;
  readonly #stripes: ArrayBuffer;
  readonly #stripeCount: number;
  readonly #plans: Int32Array;
  readonly #control: Int32Array;
  readonly #ring: Ring;
  readonly #counts = new Map<number, RequestCounts>();
  readonly #exemplars: number;
  #records = 0;

  private constructor(object: BpfObject, sched: SchedProbe, tcp: TcpProbe, ring: Ring, options: Chosen) {
    const { pools, stripes } = sched.plan;
    this.answers = options.answers;
    this.#object = object;
    this.#tcp = tcp;
    this.#ring = ring;
    this.#exemplars = options.exemplars ?? EXEMPLARS;
    this.#stripeCount = stripes;
    this.#stripes = object.view('request_stripes', pools * stripes * RequestStripe.size).bytes;
    this.#plans = new Int32Array(object.view('request_plans', pools * RequestPlan.size).bytes);
    this.#control = new Int32Array(object.view('.data.request', RequestControl.size).bytes);
    for (let pool = 0; pool < pools; pool++) this.#ask(pool, Number.MAX_SAFE_INTEGER);
  }

  /** Loads and attaches; nothing stays behind where it fails. @throws KernelError */
  static async open(sched: SchedProbe, tcp: TcpProbe, options: RequestOptions): Promise<RequestProbe> {
    const [best, ...others] = options.answers ? [options.answers] : ladder();
    let opened = RequestProbe.#open(sched, tcp, { ...options, answers: best! });
    for (const next of others)
      opened = opened.catch(() => RequestProbe.#open(sched, tcp, { ...options, answers: next }));
    return opened;
  }

  static async #open(sched: SchedProbe, tcp: TcpProbe, options: Chosen): Promise<RequestProbe> {
    const { ring: ringKind, answers } = options;
    const { pools, stripes, cpus } = sched.plan;
    const ringBytes = EXEMPLAR_RING_BYTES[ringKind];
    const shared = sched.share(['tasks', 'front', 'slots', 'pasts', 'pool_stripes', '.data.control']);
    const [ringMap, other] = ringKind === 'bpf' ? ['exemplars', 'perf_exemplars'] : ['perf_exemplars', 'exemplars'];
    const object = await BpfObject.load('request', OBJECT, {
      entries: {
        request_stripes: pools * stripes,
        request_plans: pools,
        [ringMap]: ringKind === 'bpf' ? ringBytes : cpus,
      },
      without: [other, ...LEFT_OUT[answers]],
      constants: shared.constants,
      shared: { ...shared.maps, ...tcp.share() },
    });
    let ring: Ring | undefined;
    try {
      ring =
        ringKind === 'bpf'
          ? new BpfRing('requests', object.mapFd(ringMap), ringBytes)
          : new PerfRing('requests', object.syscallMap(ringMap), cpus, ringBytes);
      const probe = new RequestProbe(object, sched, tcp, ring, options);
      await object.attach([...PROGRAMS, answers]);
      return probe;
    } catch (error) {
      ring?.close();
      object.close();
      throw error;
    }
  }

  /** Reads mapped memory only. */
  sample(pool: number): RequestSample {
    const counts = this.#countsOf(pool);
    return {
      atNs: Number(process.hrtime.bigint()),
      first: counts.first(),
      last: counts.last(),
      budget: counts.budget(),
      doubted: doubtsOf(counts, this.#tcp.socketsRefused(pool)),
    };
  }

  /** Requests by latency alone, cumulative; a tenth of the cost of sample(). The next call writes over the counts. */
  latencies(pool: number): { atNs: number; counts: Float64Array } {
    const counts = this.#countsOf(pool).latencies();
    return { atNs: Number(process.hrtime.bigint()), counts };
  }

  /** Once a second: so many of the requests that take as long as `slowNs` come as exemplars until the next call. */
  wantExemplars(pool: number, slowNs: number): void {
    this.#ask(pool, slowNs);
  }

  #ask(pool: number, slowNs: number): void {
    const at = (pool * RequestPlan.size) >> 2;
    Atomics.store(this.#plans, at + (RequestPlan.left >> 2), 0);
    Atomics.store(this.#plans, at + (RequestPlan.slow_ns >> 2), (slowNs % 2 ** 32) | 0);
    Atomics.store(this.#plans, at + (RequestPlan.slow_ns >> 2) + 1, Math.floor(slowNs / 2 ** 32));
    Atomics.store(this.#plans, at + (RequestPlan.left >> 2), this.#exemplars);
  }

  drain(handler: (exemplar: Exemplar) => void): void {
    this.#ring.drain((words, at) => {
      this.#records++;
      handler(decodeExemplar(words, at));
    });
  }

  rings(): RingStats[] {
    const lost = u64At(this.#control, RequestControl.exemplars_lost >> 2);
    return [{ ring: this.#ring.name, records: this.#records, lost, decodeErrors: 0 }];
  }

  /** No request begins while it is off. */
  shed(off: boolean): void {
    Atomics.store(this.#control, RequestControl.off >> 2, off ? 1 : 0);
  }

  /** Forgets a pool, so that its index can serve another. */
  release(pool: number): void {
    const generation = (pool * RequestPlan.size + RequestPlan.generation) >> 2;
    Atomics.add(this.#plans, generation, 1);
    this.#countsOf(pool).clear();
    this.#counts.delete(pool);
  }

  #countsOf(pool: number): RequestCounts {
    let counts = this.#counts.get(pool);
    if (counts === undefined) {
      counts = new RequestCounts(this.#stripes, pool, this.#stripeCount);
      this.#counts.set(pool, counts);
    }
    return counts;
  }

  programs(): ProgramInfo[] {
    return this.#object.programInfos();
  }

  memory(): { object: string; bytes: number }[] {
    return [{ object: this.#object.name, bytes: memoryOf(this.#object.mapFds()) + this.#ring.bytes }];
  }

  close(): void {
    this.#ring.close();
    this.#object.close();
  }
}
