import { Counts } from './counts.ts';
import { BlockReason, RequestDoubt, RequestPart, RequestStripe, BudgetRow as Row } from './layout.gen.ts';
import { type BudgetRow, COMPONENTS, type Component, DOUBTS, type Doubt } from './sample.ts';
import { WAIT_BUCKETS } from './wait_counts.ts';
import { liveU64At } from './words.ts';

export const BUDGET_BUCKETS = RequestStripe.budget_count;

const KNOWN = COMPONENTS.filter((component) => component !== 'unexplained');
const NO_PARTS = Object.fromEntries(COMPONENTS.map((component) => [component, 0])) as Record<Component, number>;

const PART_PLACES: Record<Exclude<Component, 'unexplained'>, number> = {
  queue: RequestPart.PART_QUEUE,
  wakeup: RequestPart.PART_WAKEUP,
  oncpu: RequestPart.PART_ONCPU,
  runqueue: RequestPart.PART_RUNQUEUE,
  throttled: RequestPart.PART_THROTTLED,
  blocked_lock: RequestPart.PART_BLOCKED + BlockReason.LOCK,
  blocked_io: RequestPart.PART_BLOCKED + BlockReason.IO,
  blocked_network: RequestPart.PART_BLOCKED + BlockReason.NETWORK,
  blocked_epoll: RequestPart.PART_BLOCKED + BlockReason.EPOLL,
  blocked_sleep: RequestPart.PART_BLOCKED + BlockReason.SLEEP,
  blocked_fault: RequestPart.PART_BLOCKED + BlockReason.FAULT,
  blocked_other: RequestPart.PART_BLOCKED + BlockReason.OTHER,
};

const DOUBT_PLACES: Record<Exclude<Doubt, 'sockets'>, number> = {
  pipelining: RequestDoubt.DOUBT_PIPELINING,
  http2: RequestDoubt.DOUBT_HTTP2,
  tls: RequestDoubt.DOUBT_TLS,
  io_uring: RequestDoubt.DOUBT_IO_URING,
  splice: RequestDoubt.DOUBT_SPLICE,
};

/** One pool's requests, as bpf/request.bpf.c keeps them in a mapped array. */
export class RequestCounts {
  readonly #stripes: Int32Array[];
  readonly #first: Counts;
  readonly #last: Counts;
  readonly #latencies: Counts;

  constructor(bytes: ArrayBuffer, pool: number, stripes: number) {
    const offsets = Array.from({ length: stripes }, (_, stripe) => (pool * stripes + stripe) * RequestStripe.size);
    const at = (field: number) => offsets.map((offset) => offset + field);
    this.#stripes = offsets.map((offset) => new Int32Array(bytes, offset, RequestStripe.size >> 2));
    this.#first = new Counts(bytes, at(RequestStripe.first), WAIT_BUCKETS);
    this.#last = new Counts(bytes, at(RequestStripe.last), WAIT_BUCKETS);
    this.#latencies = new Counts(bytes, at(RequestStripe.first), WAIT_BUCKETS);
  }

  first(): Float64Array {
    return this.#first.update().slice();
  }

  /** What first() says, in an array that the next call writes over. */
  latencies(): Float64Array {
    return this.#latencies.update();
  }

  last(): Float64Array {
    return this.#last.update().slice();
  }

  budget(): BudgetRow[] {
    return Array.from({ length: BUDGET_BUCKETS }, (_, bucket) => this.#row(RequestStripe.budget + bucket * Row.size));
  }

  doubted(reason: Exclude<Doubt, 'sockets'>): number {
    return this.#sum(RequestStripe.doubted + 8 * DOUBT_PLACES[reason]);
  }

  #row(at: number): BudgetRow {
    const requests = this.#sum(at + Row.requests);
    if (requests === 0) return NO_REQUESTS;
    const part = (place: number) => this.#sum(at + Row.part_ns + 8 * place);
    const latencyNs = this.#sum(at + Row.latency_ns);
    return {
      requests,
      latencyNs,
      partNs: partsOf(latencyNs, part),
      moved: this.#sum(at + Row.moved),
      sharedNs: this.#sum(at + Row.shared_ns),
    };
  }

  #sum(offset: number): number {
    let sum = 0;
    for (const stripe of this.#stripes) sum += liveU64At(stripe, offset >> 2);
    return sum;
  }

  clear(): void {
    this.#first.clear();
    this.#last.clear();
    this.#latencies.clear();
    for (const stripe of this.#stripes) stripe.fill(0);
  }
}

/** @param part nanoseconds of enum request_part. */
export function partsOf(latencyNs: number, part: (place: number) => number): Record<Component, number> {
  const parts = { ...NO_PARTS, unexplained: latencyNs };
  for (const component of KNOWN) {
    const ns = part(PART_PLACES[component]);
    parts[component] = ns;
    parts.unexplained -= ns;
  }
  return parts;
}

const NO_REQUESTS: BudgetRow = { requests: 0, latencyNs: 0, partNs: partsOf(0, () => 0), moved: 0, sharedNs: 0 };

export function doubtsOf(counts: RequestCounts, sockets: number): Record<Doubt, number> {
  const doubts = DOUBTS.map((doubt) => [doubt, doubt === 'sockets' ? sockets : counts.doubted(doubt)]);
  return Object.fromEntries(doubts) as Record<Doubt, number>;
}
