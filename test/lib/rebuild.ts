import { runsByCpu, type Wait, whoRan } from './overlap.ts';
import { KIND, type Trace } from './trace.ts';

export type Books = {
  oncpuNs: number;
  wakeupNs: number;
  runqueueNs: number;
  throttledNs: number;
  blockedNs: number;
  voluntary: number;
  involuntary: number;
  /** Times that a thread came on another CPU than the one it left. */
  migrations: number;
  /** Each wait that ended in the period, wake-up included, throttled time not; those that were throttled throughout left out. */
  waitsNs: number[];
  /** Queueing, throttled time included, as run_delay grows: each wait whole, when it ends. */
  runDelayNs: number;
  /** Run-queue time by who ran: a tgid, or `idle`, `kernel`, `self`. */
  stolenNs: Map<number | string, number>;
  /** Threads of which the trace has no event: their state is not known. */
  unseen: number;
};

type StateName = 'oncpu' | 'wakeup' | 'runqueue' | 'throttled' | 'blocked';

type Thread = {
  state: StateName | null;
  sinceNs: number;
  cpu: number;
  /** Where it ran last; null: not seen yet. */
  ranOn: number | null;
  /** sched_waking came before the switch-out that it undoes. */
  wokenEarly: boolean;
  waitNs: number;
  /** Of the wait under way, in run queues or throttled. */
  queuedNs: number;
};

const RUNNING = 0;
const DEAD = 0x80;

/**
 * What a set of threads did between two moments of CLOCK_MONOTONIC, from a trace that surrounds them. Follows each thread
 * event by event in the order of the trace; nothing here is summed up by the kernel, so it can judge what is.
 */
export function rebuild(trace: Trace, tids: readonly number[], fromNs: number, toNs: number): Books {
  const book = new Bookkeeper(trace, new Set(tids), fromNs, toNs);
  for (let i = 0; i < trace.records; i++) book.follow(trace.seek(i));
  return book.close();
}

class Bookkeeper {
  readonly #trace: Trace;
  readonly #tids: Set<number>;
  readonly #fromNs: number;
  readonly #toNs: number;
  readonly #threads = new Map<number, Thread>();
  readonly #timeNs = { oncpu: 0, wakeup: 0, runqueue: 0, throttled: 0, blocked: 0 };
  readonly #waits: Wait[] = [];
  readonly #waitsNs: number[] = [];
  #voluntary = 0;
  #involuntary = 0;
  #migrations = 0;
  #runDelayNs = 0;

  constructor(trace: Trace, tids: Set<number>, fromNs: number, toNs: number) {
    this.#trace = trace;
    this.#tids = tids;
    this.#fromNs = fromNs;
    this.#toNs = toNs;
  }

  follow(event: Trace): void {
    if (event.kind === KIND.switch) {
      if (this.#tids.has(event.tid)) this.#switchOut(event);
      if (this.#tids.has(event.nextTid)) this.#switchIn(event);
    } else if (this.#tids.has(event.tid)) {
      if (event.kind === KIND.waking) this.#waking(event);
      if (event.kind === KIND.wakeup || event.kind === KIND.wakeupNew) this.#queued(event);
      if (event.kind === KIND.migrate) this.#migrated(event);
    }
  }

  #within(atNs: number): boolean {
    return atNs >= this.#fromNs && atNs < this.#toNs;
  }

  #switchOut(event: Trace): void {
    const atNs = event.bookedAtNs;
    const thread = this.#thread(event.tid, 'oncpu', event);
    thread.ranOn = event.cpu;
    const runnable = event.preempted || event.state === RUNNING;
    if (this.#within(atNs)) {
      if (runnable) this.#involuntary++;
      else this.#voluntary++;
    }
    this.#enter(thread, event.throttled ? 'throttled' : runnable ? 'runqueue' : this.#asleep(thread), atNs);
    thread.cpu = event.cpu;
    thread.wokenEarly = false;
    if ((event.state & DEAD) !== 0) thread.state = null;
  }

  #asleep(thread: Thread): StateName {
    return thread.wokenEarly ? 'wakeup' : 'blocked';
  }

  #switchIn(event: Trace): void {
    const thread = this.#thread(event.nextTid, 'runqueue', event);
    this.#enter(thread, 'oncpu', event.bookedAtNs);
    if (this.#within(event.bookedAtNs)) {
      if (thread.waitNs > 0) this.#waitsNs.push(thread.waitNs);
      this.#runDelayNs += thread.queuedNs;
      if (thread.ranOn !== null && thread.ranOn !== event.cpu) this.#migrations++;
    }
    thread.ranOn = event.cpu;
    thread.waitNs = 0;
    thread.queuedNs = 0;
    thread.cpu = event.cpu;
  }

  #waking(event: Trace): void {
    const thread = this.#thread(event.tid, 'blocked', event);
    if (thread.state === 'blocked') this.#enter(thread, 'wakeup', event.writtenAtNs);
    else if (thread.state === 'oncpu') thread.wokenEarly = true;
  }

  /** Also for a thread that was on its way to sleep and never left the CPU: then it only takes the early waking back. */
  #queued(event: Trace): void {
    const thread = this.#thread(event.tid, event.kind === KIND.wakeup ? 'wakeup' : 'blocked', event);
    thread.wokenEarly = false;
    if (thread.state !== 'wakeup' && thread.state !== 'blocked') return;
    this.#enter(thread, 'runqueue', event.bookedAtNs);
    thread.cpu = event.taskCpu;
  }

  #migrated(event: Trace): void {
    const thread = this.#threads.get(event.tid);
    if (!thread) return;
    if (thread.state === 'runqueue') this.#enter(thread, 'runqueue', event.writtenAtNs);
    thread.cpu = event.taskCpu;
  }

  /** A thread seen for the first time has been in the state that its first event ends since the trace began. */
  #thread(tid: number, ended: StateName, event: Trace): Thread {
    let thread = this.#threads.get(tid);
    if (!thread) {
      const sinceNs = event.kind === KIND.wakeupNew ? event.bookedAtNs : Math.min(this.#fromNs, event.bookedAtNs);
      thread = { state: ended, sinceNs, cpu: event.taskCpu, ranOn: null, wokenEarly: false, waitNs: 0, queuedNs: 0 };
      this.#threads.set(tid, thread);
    }
    return thread;
  }

  #enter(thread: Thread, state: StateName, atNs: number): void {
    // The clock of the waker and that of the run queue differ by some hundred nanoseconds.
    const endNs = Math.max(atNs, thread.sinceNs);
    if (thread.state) this.#leave(thread, thread.state, endNs);
    thread.state = state;
    thread.sinceNs = endNs;
  }

  #leave(thread: Thread, state: StateName, endNs: number): void {
    const startNs = Math.max(thread.sinceNs, this.#fromNs);
    const stopNs = Math.min(endNs, this.#toNs);
    if (stopNs > startNs) this.#timeNs[state] += stopNs - startNs;
    if (state === 'wakeup' || state === 'runqueue') thread.waitNs += endNs - thread.sinceNs;
    if (state === 'runqueue' || state === 'throttled') thread.queuedNs += endNs - thread.sinceNs;
    if (state === 'runqueue' && stopNs > startNs) this.#waits.push({ cpu: thread.cpu, fromNs: startNs, toNs: stopNs });
  }

  close(): Books {
    for (const thread of this.#threads.values()) if (thread.state) this.#leave(thread, thread.state, this.#toNs);
    const { oncpu, wakeup, runqueue, throttled, blocked } = this.#timeNs;
    return {
      ...{ oncpuNs: oncpu, wakeupNs: wakeup, runqueueNs: runqueue, throttledNs: throttled, blockedNs: blocked },
      ...{
        voluntary: this.#voluntary,
        involuntary: this.#involuntary,
        migrations: this.#migrations,
        runDelayNs: this.#runDelayNs,
        waitsNs: this.#waitsNs,
      },
      stolenNs: whoRan(this.#waits, runsByCpu(this.#trace, this.#tids)),
      unseen: this.#tids.size - this.#threads.size,
    };
  }
}
