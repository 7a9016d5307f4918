import { fileURLToPath } from 'node:url';
import { CpuCell, CpuPlace, PoolStripe, SchedConstants, SchedControl, WorkerSlot } from '../decode/layout.gen.ts';
import { cpuPlace, possibleCpus } from '../kernel/cpus.ts';
import { KernelError } from '../kernel/errors.ts';
import { word } from '../kernel/map.ts';
import { BpfObject } from '../kernel/object.ts';
import { PerfRing } from '../kernel/perf_ring.ts';
import { BpfRing, type Ring } from '../kernel/ring.ts';
import { inspectTracepoints } from './sched_needs.ts';
import { ASSIGNMENTS, planSched, type SchedPlan } from './sched_plan.ts';
import type { SchedOptions } from './types.ts';

const OBJECT = fileURLToPath(new URL('../../build/bpf/sched.bpf.o', import.meta.url));
const MEMORY_BYTES = 64 << 20;
export const CONSTANTS = '.rodata.constants';

/** The object in the kernel with its tables mapped; nothing attached yet. */
export type LoadedSched = {
  plan: SchedPlan;
  object: BpfObject;
  constants: Uint8Array;
  ring: Ring;
  control: Int32Array;
  policies: Uint32Array;
  cells: Int32Array;
  slots: ArrayBuffer;
  arrivals: ArrayBuffer;
  poolStripes: ArrayBuffer;
};

/** @throws KernelError */
export async function loadSched(options: SchedOptions): Promise<LoadedSched> {
  const { hasPrevState } = inspectTracepoints();
  const cpus = options.possibleCpus ?? possibleCpus();
  const plan = fittingPlan(options, cpus, options.memoryBytes ?? MEMORY_BYTES);
  const constants = constantsOf(options, plan, hasPrevState);
  const object = await BpfObject.load('sched', OBJECT, {
    entries: entriesOf(plan, options),
    without: [options.ring === 'bpf' ? 'perf_events' : 'events'],
    constants: { [CONSTANTS]: constants },
  });
  try {
    return { ...prepare(object, plan, options.ring), constants };
  } catch (error) {
    object.close();
    throw error;
  }
}

function fittingPlan(options: SchedOptions, cpus: number, memoryBytes: number): SchedPlan {
  const plan = planSched(options, cpus, memoryBytes);
  if (plan.bytes <= memoryBytes) return plan;
  const [least, given] = [plan.bytes, memoryBytes].map((bytes) => Math.ceil(bytes / 2 ** 20));
  throw new KernelError('memory', `${cpus} CPUs need ${least} MiB of kernel memory, and ${given} MiB is the limit`, {
    remedy: 'Raise limits.memory',
  });
}

function entriesOf(plan: SchedPlan, options: SchedOptions): Record<string, number> {
  const { pools, stripes, workers, cpus } = plan;
  return {
    slots: workers,
    arrivals: workers,
    free_slots: workers,
    cells: cpus,
    places: cpus,
    pool_stripes: pools * stripes,
    front: plan.front,
    pasts: options.requests ? workers : 1,
    policies: pools,
    assignments: ASSIGNMENTS,
    ...(options.ring === 'bpf' ? { events: plan.ringBytes } : { perf_events: cpus }),
  };
}

function constantsOf(options: SchedOptions, plan: SchedPlan, hasPrevState: boolean): Uint8Array {
  const words = new Uint32Array(SchedConstants.size >> 2);
  words[SchedConstants.count_all >> 2] = options.countAll ? 1 : 0;
  words[SchedConstants.perf_ring >> 2] = options.ring === 'perf' ? 1 : 0;
  words[SchedConstants.shared_stripes >> 2] = plan.cpus > plan.stripes ? 1 : 0;
  words[SchedConstants.stripe_mask >> 2] = plan.stripes - 1;
  words[SchedConstants.has_prev_state >> 2] = hasPrevState ? 1 : 0;
  words[SchedConstants.front_mask >> 2] = plan.front - 1;
  return new Uint8Array(words.buffer);
}

function prepare(object: BpfObject, plan: SchedPlan, ringKind: 'bpf' | 'perf'): Omit<LoadedSched, 'constants'> {
  const { pools, stripes, workers, cpus } = plan;
  const cells = new Int32Array(object.view('cells', cpus * CpuCell.size).bytes);
  // Armed at first: the switches that follow set the clock's offset.
  for (let cpu = 0; cpu < cpus; cpu++) cells[(cpu * CpuCell.size + CpuCell.armed) >> 2] = 1;
  fillPlaces(new Uint32Array(object.view('places', cpus * CpuPlace.size).bytes), cpus);
  fillFreeSlots(object, workers);
  return {
    plan,
    object,
    cells,
    ring: openRing(object, plan, ringKind),
    control: new Int32Array(object.view('.data.control', SchedControl.size).bytes),
    policies: new Uint32Array(object.view('policies', pools * 8).bytes),
    arrivals: object.view('arrivals', workers * 8).bytes,
    slots: object.view('slots', workers * WorkerSlot.size).bytes,
    poolStripes: object.view('pool_stripes', pools * stripes * PoolStripe.size).bytes,
  };
}

function openRing(object: BpfObject, plan: SchedPlan, kind: 'bpf' | 'perf'): Ring {
  if (kind === 'bpf') return new BpfRing('processes', object.mapFd('events'), plan.ringBytes);
  return new PerfRing('processes', object.syscallMap('perf_events'), plan.cpus, plan.ringBytes);
}

function fillPlaces(words: Uint32Array, cpus: number): void {
  for (let cpu = 0; cpu < cpus; cpu++) {
    const place = cpuPlace(cpu);
    words.set([place.core, place.llc, place.node], (cpu * CpuPlace.size) >> 2);
  }
}

function fillFreeSlots(object: BpfObject, workers: number): void {
  const free = object.syscallMap('free_slots');
  for (let slot = workers - 1; slot >= 0; slot--) free.update(null, word(slot));
}
