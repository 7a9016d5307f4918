import type { ProcessEvent } from '../decode/event.ts';
import { EventOrder } from '../decode/event_order.ts';
import { CpuCell, ProcessEvent as EventLayout, PoolPolicy, SchedControl } from '../decode/layout.gen.ts';
import { decodeProcessEvent } from '../decode/process_event.ts';
import type { PoolSample } from '../decode/sample.ts';
import { s64At, u64At } from '../decode/words.ts';
import { runIterator } from '../kernel/iterator.ts';
import { word } from '../kernel/map.ts';
import { memoryOf } from '../kernel/memory.ts';
import type { BpfObject } from '../kernel/object.ts';
import type { Ring } from '../kernel/ring.ts';
import { type Moment, PoolTotals } from './pool_totals.ts';
import { CONSTANTS, type LoadedSched, loadSched } from './sched_load.ts';
import { PROGRAMS } from './sched_needs.ts';
import { ASSIGNMENTS, type SchedPlan } from './sched_plan.ts';
import type { ProgramStats, RingStats, SchedOptions, SchedSource, Sheddable } from './types.ts';

/** Of bpf/include/sched_maps.h: after so many runs without a pool a CPU's recording stops. */
const QUIET_RUNS = 4096;
const CLOCK_STALE_NS = 1e9;
const OUT_OF_POOL = 0xffffffff;
const CONTROL = { thieves: SchedControl.no_thieves >> 2, files: SchedControl.no_files >> 2 } as const;

export type Shared = { maps: Record<string, number>; constants: Record<string, Uint8Array> };

/** The scheduler probe: bpf/sched.bpf.c loaded and attached, its tables mapped. */
export class SchedProbe implements SchedSource {
  readonly plan: SchedPlan;
  readonly #object: BpfObject;
  readonly #ring: Ring;
  readonly #control: Int32Array;
  readonly #policies: Uint32Array;
  readonly #cells: Int32Array;
  readonly #totals: PoolTotals;
  readonly #seedLink: number;
  readonly #constants: Uint8Array;
  readonly #order = new EventOrder();
  readonly #wanted = new Map<number, Uint8Array>();
  #records = 0;
  #decodeErrors = 0;

  private constructor(loaded: LoadedSched) {
    this.plan = loaded.plan;
    this.#object = loaded.object;
    this.#ring = loaded.ring;
    this.#control = loaded.control;
    this.#policies = loaded.policies;
    this.#cells = loaded.cells;
    this.#totals = new PoolTotals(loaded);
    this.#constants = loaded.constants;
    this.#seedLink = loaded.object.iteratorLink('seed');
  }

  /** Loads and attaches; nothing stays behind where it fails. @throws KernelError */
  static async open(options: SchedOptions): Promise<SchedProbe> {
    const loaded = await loadSched(options);
    try {
      const probe = new SchedProbe(loaded);
      await loaded.object.attach(Object.keys(PROGRAMS));
      await clockIsSet(probe.#control);
      return probe;
    } catch (error) {
      loaded.ring.close();
      loaded.object.close();
      throw error;
    }
  }

  /** What other objects work on too: maps by name, and the constants that go with them. */
  share(maps: readonly string[]): Shared {
    const shared = Object.fromEntries(maps.map((map) => [map, this.#object.mapFd(map)]));
    return { maps: shared, constants: { [CONSTANTS]: this.#constants } };
  }

  assign(tid: number, pool: number | null, worker: boolean): void {
    this.#wanted.set(tid, new Uint8Array(Uint32Array.of(pool ?? OUT_OF_POOL, worker ? 1 : 0).buffer));
  }

  policy(pool: number, policy: { threads: boolean; children: boolean }): void {
    const bits = (policy.threads ? PoolPolicy.THREADS : 0) | (policy.children ? PoolPolicy.CHILDREN : 0);
    Atomics.store(this.#policies, pool * 2, bits);
  }

  flush(): void {
    const wanted = [...this.#wanted];
    for (let first = 0; first < wanted.length; first += ASSIGNMENTS) {
      this.#seed(wanted.slice(first, first + ASSIGNMENTS));
    }
    this.#wanted.clear();
  }

  #seed(wanted: readonly [tid: number, assignment: Uint8Array][]): void {
    const assignments = this.#object.syscallMap('assignments');
    for (const [tid, assignment] of wanted) assignments.update(word(tid), assignment);
    runIterator(this.#seedLink);
    for (const [tid] of wanted) assignments.remove(word(tid));
  }

  release(pool: number): void {
    this.#totals.release(pool);
  }

  sample(): Map<number, PoolSample> {
    const clock = () => schedClock(this.#control);
    if (clock().schedNs - u64At(this.#control, SchedControl.clock_at >> 2) > CLOCK_STALE_NS) this.#refreshClock();
    return this.#totals.sample(clock);
  }

  /** No pool has switched for a while: the next switch of anyone looks at the clocks again, and only that one. */
  #refreshClock(): void {
    for (let cpu = 0; cpu < this.plan.cpus; cpu++) {
      const cell = (cpu * CpuCell.size) >> 2;
      this.#cells[cell + (CpuCell.last_key >> 2)] = 0;
      this.#cells[cell + (CpuCell.quiet_from >> 2)] = this.#cells[cell + (CpuCell.head >> 2)]! - QUIET_RUNS;
      Atomics.store(this.#cells, cell + (CpuCell.armed >> 2), 1);
    }
  }

  activity(): Uint32Array {
    return this.#totals.activity(Number(process.hrtime.bigint()));
  }

  drain(handler: (event: ProcessEvent) => void): void {
    const untilNs = Number(process.hrtime.bigint());
    this.#ring.drain((words, at) => {
      this.#records++;
      const event = decodeProcessEvent(words, at);
      if (event === null) this.#decodeErrors++;
      else if (this.#ring.ordered) handler(event);
      else this.#order.add(event);
    });
    this.#order.take(untilNs, handler);
  }

  rings(): RingStats[] {
    const lost = u64At(this.#control, SchedControl.events_lost >> 2);
    return [{ ring: this.#ring.name, records: this.#records, lost, decodeErrors: this.#decodeErrors }];
  }

  /** Records that the kernel side set out to write, lost ones too. */
  recordsProduced(): number {
    return u64At(this.#control, SchedControl.events_produced >> 2);
  }

  programs(): ProgramStats[] {
    return this.#object.programInfos();
  }

  memory(): { object: string; bytes: number }[] {
    return [{ object: this.#object.name, bytes: memoryOf(this.#object.mapFds()) + this.#ring.bytes }];
  }

  workersRefused(): number {
    return u64At(this.#control, SchedControl.workers_refused >> 2);
  }

  hostSwitches(): { voluntary: number; involuntary: number; idle: number } {
    const sum = (field: number) => {
      let total = 0;
      for (let cpu = 0; cpu < this.plan.cpus; cpu++) total += u64At(this.#cells, (cpu * CpuCell.size + field) >> 2);
      return total;
    };
    return { voluntary: sum(CpuCell.voluntary), involuntary: sum(CpuCell.involuntary), idle: sum(CpuCell.idle) };
  }

  shed(work: Exclude<Sheddable, 'requests'>, off: boolean): void {
    Atomics.store(this.#control, CONTROL[work], off ? 1 : 0);
  }

  /** Bytes of one record in the ring, its header not counted. */
  static readonly recordBytes = EventLayout.size;

  close(): void {
    this.#ring.close();
    this.#object.close();
  }
}

/** rq->clock now: CLOCK_MONOTONIC and the offset that the programs keep. */
function schedClock(control: Int32Array): Moment {
  const monotonicNs = Number(process.hrtime.bigint());
  return { monotonicNs, schedNs: monotonicNs + s64At(control, SchedControl.clock_offset >> 2) };
}

/** The first switches after the attachment set the offset; until then no time can be told. */
async function clockIsSet(control: Int32Array): Promise<void> {
  for (let i = 0; i < 1000 && u64At(control, SchedControl.clock_at >> 2) === 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
