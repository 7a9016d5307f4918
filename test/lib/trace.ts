import { readFileSync, rmSync } from 'node:fs';
import { scratch, tracer } from './build.ts';
import { defer } from './cleanup.ts';
import { startProgram, type Workload } from './workload.ts';

const WORDS = 16;
const LOST = /^\{"records":(\d+),"lost":(\d+)\}$/;
/** The offset of the scheduler's clock is the least seen in such a span: what is more is the way to the tracepoint. */
const OFFSET_SPAN_NS = 100e6;

export const KIND = { switch: 1, waking: 2, wakeup: 3, wakeupNew: 4, migrate: 5, fork: 6, exit: 7 } as const;
const PREEMPT = 1;
const THROTTLED = 2;
const KTHREAD = 4;
const NEXT_KTHREAD = 8;

/** One record of test/kernel/bpf/trace.h, read in place: `seek` moves it. Times are CLOCK_MONOTONIC. */
export class Trace {
  readonly records: number;
  readonly lost: number;
  readonly #words: Uint32Array;
  readonly #offsets: Map<number, number>;
  #at = 0;

  constructor(bytes: Uint8Array, lost: number) {
    this.records = bytes.byteLength / (WORDS * 4);
    this.lost = lost;
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, this.records * WORDS);
    this.#offsets = this.#clockOffsets();
  }

  seek(record: number): this {
    this.#at = record * WORDS;
    return this;
  }
  get kind(): number {
    return this.#words[this.#at + 8]! >>> 16;
  }
  /** Where the event happened; of a switch, the CPU that switched. */
  get cpu(): number {
    return this.#words[this.#at + 8]! & 0xffff;
  }
  get tid(): number {
    return this.#words[this.#at + 9]!;
  }
  get tgid(): number {
    return this.#words[this.#at + 10]!;
  }
  get nextTid(): number {
    return this.#words[this.#at + 11]!;
  }
  get nextTgid(): number {
    return this.#words[this.#at + 12]!;
  }
  get preempted(): boolean {
    return this.#flag(PREEMPT);
  }
  get throttled(): boolean {
    return this.#flag(THROTTLED);
  }
  get kthread(): boolean {
    return this.#flag(KTHREAD);
  }
  get nextKthread(): boolean {
    return this.#flag(NEXT_KTHREAD);
  }
  get state(): number {
    return this.#words[this.#at + 14]!;
  }
  get taskCpu(): number {
    return this.#words[this.#at + 15]!;
  }
  /** The moment by the clock that the kernel's own books use; of a switch or a wake-up. */
  get bookedAtNs(): number {
    const clock = this.#u64(0);
    return clock + this.#offsets.get(this.#span(clock))!;
  }
  /** The moment the record was written. */
  get writtenAtNs(): number {
    return this.#u64(2);
  }
  get lastQueuedAtNs(): number {
    const queued = this.#u64(4);
    return queued === 0 ? 0 : queued + this.bookedAtNs - this.#u64(0);
  }
  get runDelayNs(): number {
    return this.#u64(6);
  }

  #flag(bit: number): boolean {
    return (this.#words[this.#at + 13]! & bit) !== 0;
  }
  #u64(word: number): number {
    return this.#words[this.#at + word]! + this.#words[this.#at + word + 1]! * 2 ** 32;
  }
  #span(clockNs: number): number {
    return Math.floor(clockNs / OFFSET_SPAN_NS);
  }

  /** CLOCK_MONOTONIC less rq->clock, by span of rq->clock. Only a switch has surely brought rq->clock up to date. */
  #clockOffsets(): Map<number, number> {
    const least = new Map<number, number>();
    for (let i = 0; i < this.records; i++) {
      this.seek(i);
      const clock = this.#u64(0);
      const span = this.#span(clock);
      const offset = this.kind === KIND.switch ? this.#u64(2) - clock : Infinity;
      least.set(span, Math.min(offset, least.get(span) ?? Infinity));
    }
    return withoutGaps(least);
  }
}

/** Threads and processes that a process has started. */
export function startedBy(trace: Trace, tgid: number): number[] {
  const tids: number[] = [];
  for (let i = 0; i < trace.records; i++) {
    if (trace.seek(i).kind === KIND.fork && trace.nextTgid === tgid) tids.push(trace.tid);
  }
  return tids;
}

/** A span that saw no switch takes its neighbour's offset. */
function withoutGaps(offsets: Map<number, number>): Map<number, number> {
  let last = [...offsets.values()].find(Number.isFinite) ?? 0;
  for (const span of [...offsets.keys()].sort((a, b) => a - b)) {
    if (Number.isFinite(offsets.get(span))) last = offsets.get(span)!;
    else offsets.set(span, last);
  }
  return offsets;
}

/** Streams every scheduler event of the host to a file until stop(), which reads it back. */
export async function startTrace(): Promise<{ stop(): Promise<Trace> }> {
  const { program, object } = tracer();
  const file = scratch('trace');
  defer(() => rmSync(file, { force: true }));
  const writer = await startProgram(program, [object, file]);
  return { stop: () => finish(writer, file) };
}

async function finish(writer: Workload, file: string): Promise<Trace> {
  const [line] = await Promise.all([writer.line(), writer.stop()]);
  const lost = LOST.exec(line);
  if (!lost) throw new Error(`the tracer said ${line}`);
  const trace = new Trace(readFileSync(file), Number(lost[2]));
  rmSync(file);
  return trace;
}
