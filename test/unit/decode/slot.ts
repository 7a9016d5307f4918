import { WorkerSlot, WorkerState } from '../../../src/decode/layout.gen.ts';

type Field = Exclude<keyof typeof WorkerSlot, 'size' | 'migrations_count' | 'blocked_ns_count'>;
const TIMES: Field[] = ['since_ns', 'woken_ns', 'run_delay_ns', 'hopped_ns'];
const COUNTERS: Field[] = ['oncpu_ns', 'wakeup_ns', 'runqueue_ns', 'throttled_ns', 'voluntary', 'involuntary'];
const WIDE = new Set<Field>([...TIMES, ...COUNTERS, 'blocked_ns']);

/** A table of worker slots, written as the kernel side writes it. */
export class Slots {
  readonly bytes: ArrayBuffer;
  /** When each has come on a CPU, where no switch told; nanoseconds. */
  readonly arrivals: BigUint64Array<ArrayBuffer>;
  readonly #view: DataView;

  constructor(count: number) {
    this.bytes = new ArrayBuffer(count * WorkerSlot.size);
    this.arrivals = new BigUint64Array(count);
    this.#view = new DataView(this.bytes);
  }

  /** `index`: of an array field's element. */
  set(slot: number, field: Field, value: number, index = 0): void {
    const at = slot * WorkerSlot.size + WorkerSlot[field];
    if (WIDE.has(field)) this.#view.setBigUint64(at + index * 8, BigInt(value), true);
    else this.#view.setUint32(at + index * 4, value, true);
  }

  get(slot: number, field: Field, index = 0): number {
    const at = slot * WorkerSlot.size + WorkerSlot[field];
    if (WIDE.has(field)) return Number(this.#view.getBigUint64(at + index * 8, true));
    return this.#view.getUint32(at + index * 4, true);
  }

  add(slot: number, field: Field, value: number, index = 0): void {
    this.set(slot, field, this.get(slot, field, index) + value, index);
  }

  /** Takes a slot for a worker that enters `state` at `sinceNs`. */
  begin(slot: number, state: keyof typeof WorkerState, sinceNs: number): void {
    this.set(slot, 'state', WorkerState[state]);
    this.set(slot, 'since_ns', sinceNs);
    this.set(slot, 'woken_ns', sinceNs - 1);
  }
}
