import { KIND, type Trace } from './trace.ts';

export type StepName = 'oncpu' | 'wakeup' | 'runqueue' | 'throttled' | 'blocked';

/** One stretch of a thread's life; `waker` is the thread on whose CPU it was woken, of a blocked one. */
export type Step = { state: StepName; fromNs: number; toNs: number; waker: number };

const RUNNING = 0;
const DEAD = 0x80;

/**
 * What each thread did all the while, from a trace, event by event; nothing here is summed up by the kernel. The first
 * stretch of each is left out: where it began is not known.
 */
export function timelines(trace: Trace, tids: ReadonlySet<number>): Map<number, Step[]> {
  const writer = new Writer(tids);
  for (let i = 0; i < trace.records; i++) writer.follow(trace.seek(i));
  return writer.close();
}

type Open = { state: StepName; fromNs: number; wokenEarly: boolean; waker: number };

class Writer {
  readonly #tids: ReadonlySet<number>;
  readonly #steps = new Map<number, Step[]>();
  readonly #open = new Map<number, Open>();
  /** Who has each CPU. */
  readonly #runs = new Map<number, number>();

  constructor(tids: ReadonlySet<number>) {
    this.#tids = tids;
  }

  follow(event: Trace): void {
    const { kind, tid } = event;
    if (kind === KIND.switch) {
      if (this.#tids.has(tid)) this.#switchOut(event);
      if (this.#tids.has(event.nextTid)) this.#enter(event.nextTid, 'oncpu', event.bookedAtNs);
      this.#runs.set(event.cpu, event.nextTid);
    } else if (this.#tids.has(tid)) {
      const open = this.#open.get(tid);
      if (kind === KIND.waking) this.#waking(tid, event);
      if ((kind === KIND.wakeup || kind === KIND.wakeupNew) && open) {
        open.wokenEarly = false;
        if (open.state === 'wakeup' || open.state === 'blocked') this.#enter(tid, 'runqueue', event.bookedAtNs);
      }
    }
  }

  #switchOut(event: Trace): void {
    const { tid } = event;
    const runnable = event.preempted || event.state === RUNNING;
    const early = this.#open.get(tid)?.wokenEarly;
    const asleep = early ? 'wakeup' : 'blocked';
    this.#enter(tid, event.throttled ? 'throttled' : runnable ? 'runqueue' : asleep, event.bookedAtNs);
    if ((event.state & DEAD) !== 0) this.#open.delete(tid);
  }

  #waking(tid: number, event: Trace): void {
    const open = this.#open.get(tid);
    if (!open) return;
    open.waker = this.#runs.get(event.cpu) ?? 0;
    if (open.state === 'oncpu') open.wokenEarly = true;
    if (open.state === 'blocked') this.#enter(tid, 'wakeup', event.writtenAtNs);
  }

  #enter(tid: number, state: StepName, atNs: number): void {
    const open = this.#open.get(tid);
    // The clock of the waker and that of the run queue differ by some hundred nanoseconds.
    const toNs = Math.max(atNs, open?.fromNs ?? 0);
    if (open) {
      const steps = this.#steps.get(tid) ?? [];
      this.#steps.set(tid, steps);
      steps.push({ state: open.state, fromNs: open.fromNs, toNs, waker: open.waker });
    }
    this.#open.set(tid, { state, fromNs: toNs, wokenEarly: false, waker: 0 });
  }

  close(): Map<number, Step[]> {
    return this.#steps;
  }
}

/** Time on the CPU, waiting for one (wake-up included), throttled, and blocked. */
export type Spent = { cpuNs: number; waitNs: number; throttledNs: number; blockedNs: number };

const FIELDS: Record<StepName, keyof Spent> = {
  oncpu: 'cpuNs',
  wakeup: 'waitNs',
  runqueue: 'waitNs',
  throttled: 'throttledNs',
  blocked: 'blockedNs',
};

/** What a thread did between two moments; null where its timeline does not hold both. */
export function spent(steps: readonly Step[] | undefined, fromNs: number, toNs: number): Spent | null {
  if (!steps || steps.length === 0 || steps[0]!.fromNs > fromNs || steps.at(-1)!.toNs < toNs) return null;
  const sums = { cpuNs: 0, waitNs: 0, throttledNs: 0, blockedNs: 0 };
  for (const step of within(steps, fromNs, toNs)) sums[FIELDS[step.state]] += step.toNs - step.fromNs;
  return sums;
}

/** The steps between two moments, cut there. */
export function within(steps: readonly Step[], fromNs: number, toNs: number): Step[] {
  const cut: Step[] = [];
  for (let i = firstAfter(steps, fromNs); i < steps.length && steps[i]!.fromNs < toNs; i++) {
    const step = steps[i]!;
    cut.push({ ...step, fromNs: Math.max(step.fromNs, fromNs), toNs: Math.min(step.toNs, toNs) });
  }
  return cut;
}

/** The first step that ends after a moment. */
function firstAfter(steps: readonly Step[], atNs: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]!.toNs > atNs) high = middle;
    else low = middle + 1;
  }
  return low;
}
