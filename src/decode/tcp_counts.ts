import { Counts } from './counts.ts';
import { ConnectFailure, TcpTotals } from './layout.gen.ts';
import { CONNECT_FAILURES, type TcpSample } from './sample.ts';
import { liveU64At } from './words.ts';

const FAILURE_PLACES = {
  refused: ConnectFailure.REFUSED,
  timeout: ConnectFailure.TIMEOUT,
  reset: ConnectFailure.RESET,
  unreachable: ConnectFailure.UNREACHABLE,
  aborted: ConnectFailure.ABORTED,
  other: ConnectFailure.OTHER,
} as const;

/** One pool's TCP counters, as bpf/tcp.bpf.c keeps them in a mapped array. */
export class TcpCounts {
  readonly #words: Int32Array;
  readonly #connects: Counts;
  readonly #rtt: Counts;

  constructor(bytes: ArrayBuffer, pool: number) {
    const at = pool * TcpTotals.size;
    this.#words = new Int32Array(bytes, at, TcpTotals.size >> 2);
    this.#connects = new Counts(bytes, [at + TcpTotals.connects], TcpTotals.connects_count);
    this.#rtt = new Counts(bytes, [at + TcpTotals.rtt], TcpTotals.rtt_count);
  }

  read(): Omit<TcpSample, 'acceptQueues' | 'acceptOverflows'> {
    const at = (offset: number) => liveU64At(this.#words, offset >> 2);
    const failures = CONNECT_FAILURES.map(
      (reason) => [reason, at(TcpTotals.failures + 8 * FAILURE_PLACES[reason])] as const,
    );
    return {
      connects: this.#connects.update().slice(),
      connectSumNs: at(TcpTotals.connect_sum_ns),
      connectFailures: Object.fromEntries(failures) as TcpSample['connectFailures'],
      segmentsSent: at(TcpTotals.segments_sent),
      retransmits: at(TcpTotals.retransmits),
      resets: { sent: at(TcpTotals.resets_sent), received: at(TcpTotals.resets_received) },
      rtt: this.#rtt.update().slice(),
      rttSumNs: at(TcpTotals.rtt_sum_ns),
    };
  }

  /** Sockets that found no room. */
  refused(): number {
    return liveU64At(this.#words, TcpTotals.sockets_refused >> 2);
  }

  /** A pool has this index: its sockets may be followed. True: from now on. */
  take(): boolean {
    return Atomics.exchange(this.#words, TcpTotals.taken >> 2, 1) === 0;
  }

  /** Goes up with each pool that has had this index. */
  generation(): number {
    return Atomics.load(this.#words, TcpTotals.generation >> 2) >>> 0;
  }

  /** The pool's index passes on: sockets that still carry it count for nobody. */
  release(): void {
    const generation = TcpTotals.generation >> 2;
    Atomics.add(this.#words, generation, 1);
    this.#connects.clear();
    this.#rtt.clear();
    this.#words.fill(0, 0, generation);
  }
}
