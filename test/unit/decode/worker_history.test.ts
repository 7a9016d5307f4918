import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WorkerState } from '../../../src/decode/layout.gen.ts';
import { TOTALS, TOTALS_LENGTH, WorkerSlots } from '../../../src/decode/worker_totals.ts';
import { Slots } from './slot.ts';

const BORN = 3_000_000_000;
const COUNTERS = { ONCPU: 'oncpu_ns', RUNQUEUE: 'runqueue_ns', THROTTLED: 'throttled_ns' } as const;

type Step = {
  state: keyof typeof COUNTERS | 'BLOCKED';
  reason: number;
  ns: number;
  wakes: boolean;
  wokenAfterNs: number;
};

/** Closes the open interval as the kernel side does, and opens the next. */
function turn(slots: Slots, step: Step, atNs: number): void {
  const ns = atNs - slots.get(0, 'since_ns');
  const state = slots.get(0, 'state');
  slots.add(0, 'seq', 2);
  if (state === WorkerState.BLOCKED) closeBlocked(slots, ns, atNs);
  for (const [name, counter] of Object.entries(COUNTERS)) {
    if (state === WorkerState[name as keyof typeof COUNTERS]) slots.add(0, counter, ns);
  }
  slots.set(0, 'since_ns', atNs);
  slots.set(0, 'state', WorkerState[step.state]);
  slots.set(0, 'reason', step.reason);
}

function closeBlocked(slots: Slots, ns: number, atNs: number): void {
  const woken = Math.min(slots.get(0, 'woken_ns'), atNs);
  const waitedNs = woken >= atNs - ns ? atNs - woken : 0;
  slots.add(0, 'blocked_ns', ns - waitedNs, slots.get(0, 'reason'));
  slots.add(0, 'wakeup_ns', Math.floor(waitedNs / 3));
  slots.add(0, 'runqueue_ns', waitedNs - Math.floor(waitedNs / 3));
}

/** On-CPU, wake-up, run queue, throttled and every block reason: where a moment of a worker's life can be. */
function lifeNs(slots: Slots, nowNs: number): number {
  const totals = new Float64Array(TOTALS_LENGTH);
  assert.ok(new WorkerSlots(slots.bytes, slots.arrivals.buffer).addTo(totals, 0, nowNs));
  const places = [
    ...totals.subarray(TOTALS.oncpu, TOTALS.voluntary),
    ...totals.subarray(TOTALS.blocked, TOTALS.migrations),
  ];
  return places.reduce((sum, ns) => sum + ns, 0);
}

const step: fc.Arbitrary<Step> = fc.record({
  state: fc.constantFrom('ONCPU', 'RUNQUEUE', 'THROTTLED', 'BLOCKED'),
  reason: fc.nat(6),
  ns: fc.nat(20_000_000_000),
  wakes: fc.boolean(),
  wokenAfterNs: fc.integer({ min: -2000, max: 20_000_000_000 }),
});

describe('the life of a worker', () => {
  it('is in one state at every moment: they sum to its age, whenever they are read', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.nat(1_000_000), (steps, lateNs) => {
        const slots = new Slots(1);
        slots.begin(0, 'BLOCKED', BORN);
        let nowNs = BORN;
        for (const each of steps) {
          turn(slots, each, nowNs);
          if (each.wakes) slots.set(0, 'woken_ns', nowNs + each.wokenAfterNs);
          for (const atNs of [nowNs, nowNs + Math.floor(each.ns / 2), nowNs + each.ns]) {
            assert.equal(lifeNs(slots, atNs), atNs - BORN);
          }
          // A reader that took the time and was held up before it read.
          assert.equal(lifeNs(slots, nowNs - lateNs), nowNs - lateNs - BORN);
          nowNs += each.ns;
        }
      }),
    );
  });
});
