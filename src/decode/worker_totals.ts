import { WorkerSlot as Slot, WorkerState } from './layout.gen.ts';
import { liveU64At, u64At } from './words.ts';

/**
 * One worker's or one pool's counters in a row, so that adding them up is a loop: on-CPU, wake-up, run queue,
 * throttled (nanoseconds), voluntary, involuntary, seven block reasons (nanoseconds), three migration scopes; then
 * the waits that are over (nanoseconds).
 */
export const TOTALS = {
  oncpu: 0,
  wakeup: 1,
  runqueue: 2,
  throttled: 3,
  voluntary: 4,
  involuntary: 5,
  blocked: 6,
  migrations: 13,
  waited: 16,
} as const;
export const TOTALS_LENGTH = 17;

const WORDS = Slot.size >> 2;
const RETRIES = 100;

/** The slots of all workers, as the kernel side keeps them in a mapped array. */
export class WorkerSlots {
  readonly #words: Int32Array;
  readonly #arrivals: Int32Array;
  readonly #scratch = new Float64Array(TOTALS_LENGTH);

  /** `arrivals`: 64 bits a slot, when a worker that looks as if it waited has come on a CPU (bpf/sched.bpf.c, look()). */
  constructor(bytes: ArrayBuffer, arrivals: ArrayBuffer) {
    this.#words = new Int32Array(bytes);
    this.#arrivals = new Int32Array(arrivals);
  }

  get count(): number {
    return Math.floor(this.#words.length / WORDS);
  }

  state(slot: number): number {
    return Atomics.load(this.#words, slot * WORDS + (Slot.state >> 2));
  }

  pool(slot: number): number {
    return this.#words[slot * WORDS + (Slot.pool >> 2)]!;
  }

  /** Its worker has gone or left the pool: what is in it is final. */
  retired(slot: number): boolean {
    return this.state(slot) !== WorkerState.FREE && Atomics.load(this.#words, slot * WORDS + (Slot.retired >> 2)) !== 0;
  }

  /** After its last values have been taken: the slot can serve another worker. */
  free(slot: number): void {
    Atomics.store(this.#words, slot * WORDS + (Slot.state >> 2), WorkerState.FREE);
  }

  /** On a CPU, runnable (woken or preempted) or throttled at this moment. */
  active(slot: number): boolean {
    const at = slot * WORDS;
    const state = this.state(slot);
    if (state !== WorkerState.BLOCKED) return state >= WorkerState.ONCPU && state <= WorkerState.THROTTLED;
    return liveU64At(this.#words, at + (Slot.woken_ns >> 2)) >= liveU64At(this.#words, at + (Slot.since_ns >> 2));
  }

  /**
   * Adds a worker's counters, its open interval up to `nowNs` (the scheduler's clock) included, to `totals`.
   * False: it was being written all the while, or has no state yet.
   */
  addTo(totals: Float64Array, slot: number, nowNs: number): boolean {
    const words = this.#words;
    const at = slot * WORDS;
    for (let attempt = 0; attempt < RETRIES; attempt++) {
      const seq = Atomics.load(words, at + (Slot.seq >> 2));
      if ((seq & 1) === 1) continue;
      const known = this.#read(slot, nowNs);
      if (Atomics.load(words, at + (Slot.seq >> 2)) !== seq) continue;
      for (let i = 0; known && i < TOTALS_LENGTH; i++) totals[i]! += this.#scratch[i]!;
      return known;
    }
    return false;
  }

  /** The wait that a worker is in: since when (the scheduler's clock) and for which CPU. Null: it does not wait. */
  openWait(slot: number): { sinceNs: number; cpu: number } | null {
    const words = this.#words;
    const at = slot * WORDS;
    const seq = Atomics.load(words, at + (Slot.seq >> 2));
    const state = this.state(slot);
    const since = liveU64At(words, at + (Slot.since_ns >> 2));
    const woken = liveU64At(words, at + (Slot.woken_ns >> 2));
    const cpu = words[at + (Slot.queued_on >> 2)]!;
    const steady = (seq & 1) === 0 && Atomics.load(words, at + (Slot.seq >> 2)) === seq;
    if (!steady || this.retired(slot) || liveU64At(this.#arrivals, slot * 2) > since) return null;
    if (state === WorkerState.RUNQUEUE) return { sinceNs: since, cpu };
    return state === WorkerState.BLOCKED && woken >= since ? { sinceNs: woken, cpu } : null;
  }

  #read(slot: number, nowNs: number): boolean {
    const words = this.#words;
    const at = slot * WORDS;
    const totals = this.#scratch;
    const state = Atomics.load(words, at + (Slot.state >> 2));
    const retired = Atomics.load(words, at + (Slot.retired >> 2)) !== 0;
    for (let i = 0; i < 6; i++) totals[i] = u64At(words, at + (Slot.oncpu_ns >> 2) + i * 2);
    for (let i = 0; i < 7; i++) totals[TOTALS.blocked + i] = u64At(words, at + (Slot.blocked_ns >> 2) + i * 2);
    for (let i = 0; i < 3; i++) totals[TOTALS.migrations + i] = words[at + (Slot.migrations >> 2) + i]! >>> 0;
    totals[TOTALS.waited] = totals[TOTALS.wakeup]! + totals[TOTALS.runqueue]!;
    const since = u64At(words, at + (Slot.since_ns >> 2));
    // Negative where the reader was held up after it took the time: the sum is that of `nowNs` all the same.
    let openNs = retired ? 0 : nowNs - since;
    const arrival = liveU64At(this.#arrivals, slot * 2);
    if (arrival > since && state !== WorkerState.ONCPU && !retired) {
      totals[TOTALS.oncpu]! += nowNs - arrival;
      openNs = arrival - since;
    }
    if (state === WorkerState.ONCPU) totals[TOTALS.oncpu]! += openNs;
    else if (state === WorkerState.RUNQUEUE) totals[TOTALS.runqueue]! += openNs;
    else if (state === WorkerState.THROTTLED) totals[TOTALS.throttled]! += openNs;
    else if (state === WorkerState.BLOCKED) this.#addBlocked(at, since, openNs);
    return state >= WorkerState.ONCPU;
  }

  /** Blocked until it was woken, in a run queue since (the wake-up's share is known only when it runs). */
  #addBlocked(at: number, since: number, openNs: number): void {
    const words = this.#words;
    const woken = liveU64At(words, at + (Slot.woken_ns >> 2));
    const reason = words[at + (Slot.reason >> 2)]!;
    const blockedNs = woken < since ? openNs : Math.min(openNs, woken - since);
    this.#scratch[TOTALS.blocked + reason]! += blockedNs;
    this.#scratch[TOTALS.runqueue]! += openNs - blockedNs;
  }
}
