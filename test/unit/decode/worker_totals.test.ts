import assert from 'node:assert/strict';
import { BlockReason, WorkerState } from '../../../src/decode/layout.gen.ts';
import { TOTALS, TOTALS_LENGTH, WorkerSlots } from '../../../src/decode/worker_totals.ts';
import { interleaved } from './interleave.ts';
import { Slots } from './slot.ts';

const NOW = 5_000_000_000_000;

/** What one slot adds, by name, without the zeros. */
function told(slots: Slots, slot = 0, nowNs = NOW): Record<string, number> {
  const totals = new Float64Array(TOTALS_LENGTH);
  assert.equal(new WorkerSlots(slots.bytes, slots.arrivals.buffer).addTo(totals, slot, nowNs), true);
  const names = Object.entries(TOTALS).toReversed();
  const nameOf = (i: number) => {
    const [name, first] = names.find(([, at]) => at <= i)!;
    return name === 'blocked' || name === 'migrations' ? `${name}${i - first}` : name;
  };
  return Object.fromEntries([...totals].map((value, i) => [nameOf(i), value] as const).filter(([, value]) => value));
}

describe("a worker's counters", () => {
  it('each field in its place', () => {
    const slots = new Slots(3);
    slots.begin(1, 'ONCPU', NOW);
    for (const [field, value] of [
      ...([
        ['oncpu_ns', 10],
        ['wakeup_ns', 20],
        ['runqueue_ns', 30],
        ['throttled_ns', 40],
      ] as const),
      ...([
        ['voluntary', 50],
        ['involuntary', 60],
      ] as const),
    ]) {
      slots.set(1, field, value);
    }
    for (let i = 0; i < BlockReason.REASONS; i++) slots.set(1, 'blocked_ns', 100 + i, i);
    for (let i = 0; i < 3; i++) slots.set(1, 'migrations', 200 + i, i);
    assert.deepEqual(told(slots, 1), {
      ...{ oncpu: 10, wakeup: 20, runqueue: 30, throttled: 40, voluntary: 50, involuntary: 60 },
      ...{ blocked0: 100, blocked1: 101, blocked2: 102, blocked3: 103, blocked4: 104, blocked5: 105, blocked6: 106 },
      ...{ migrations0: 200, migrations1: 201, migrations2: 202, waited: 50 },
    });
  });

  it('beyond 32 bits, and beyond 31 bits of migrations', () => {
    const slots = new Slots(1);
    slots.begin(0, 'ONCPU', NOW);
    slots.set(0, 'oncpu_ns', 2 ** 40 + 2 ** 31);
    slots.set(0, 'migrations', 2 ** 31 + 5);
    assert.deepEqual(told(slots), { oncpu: 2 ** 40 + 2 ** 31, migrations0: 2 ** 31 + 5 });
  });

  it('that came on a CPU unseen: waited until then, has run since', () => {
    for (const [state, waited] of [
      ['RUNQUEUE', 'runqueue'],
      ['THROTTLED', 'throttled'],
    ] as const) {
      const slots = new Slots(1);
      slots.begin(0, state, NOW - 1000);
      slots.arrivals[0] = BigInt(NOW - 400);
      assert.deepEqual(told(slots), { oncpu: 400, [waited]: 600 });
    }
  });

  it('an arrival before its last switch counts for nothing', () => {
    const slots = new Slots(1);
    slots.begin(0, 'RUNQUEUE', NOW - 1000);
    slots.arrivals[0] = BigInt(NOW - 1500);
    assert.deepEqual(told(slots), { runqueue: 1000 });
  });

  it('adds to what is there', () => {
    const slots = new Slots(2);
    slots.begin(0, 'ONCPU', NOW - 3);
    slots.begin(1, 'ONCPU', NOW - 4);
    const reader = new WorkerSlots(slots.bytes, slots.arrivals.buffer);
    const totals = new Float64Array(TOTALS_LENGTH);
    for (const slot of [0, 1]) reader.addTo(totals, slot, NOW);
    assert.equal(totals[TOTALS.oncpu], 7);
    assert.equal(reader.count, 2);
  });
});

describe('the open interval of a worker', () => {
  function open(state: keyof typeof WorkerState, prepare: (slots: Slots) => void = () => {}): Record<string, number> {
    const slots = new Slots(1);
    slots.begin(0, state, NOW - 1000);
    slots.set(0, 'reason', BlockReason.NETWORK);
    prepare(slots);
    return told(slots);
  }

  it('on a CPU', () => assert.deepEqual(open('ONCPU'), { oncpu: 1000 }));
  it('preempted: not yet a wait that is over', () => assert.deepEqual(open('RUNQUEUE'), { runqueue: 1000 }));
  it('throttled', () => assert.deepEqual(open('THROTTLED'), { throttled: 1000 }));
  it('blocked, by its reason', () => assert.deepEqual(open('BLOCKED'), { [`blocked${BlockReason.NETWORK}`]: 1000 }));

  it('woken: blocked until then, queued since', () => {
    const woken = open('BLOCKED', (slots) => slots.set(0, 'woken_ns', NOW - 300));
    assert.deepEqual(woken, { [`blocked${BlockReason.NETWORK}`]: 700, runqueue: 300 });
  });

  it('woken at once', () => {
    assert.deepEqual(
      open('BLOCKED', (slots) => slots.set(0, 'woken_ns', NOW - 1000)),
      { runqueue: 1000 },
    );
  });

  it('the waker stamped before the switch-out: blocked', () => {
    const raced = open('BLOCKED', (slots) => slots.set(0, 'woken_ns', NOW - 1001));
    assert.deepEqual(raced, { [`blocked${BlockReason.NETWORK}`]: 1000 });
  });

  it('woken after the time was taken: blocked', () => {
    const later = open('BLOCKED', (slots) => slots.set(0, 'woken_ns', NOW + 50));
    assert.deepEqual(later, { [`blocked${BlockReason.NETWORK}`]: 1000 });
  });

  it('began after the time was taken: taken off again', () => {
    const held = open('ONCPU', (slots) => {
      slots.set(0, 'since_ns', NOW + 20);
      slots.set(0, 'runqueue_ns', 5000);
    });
    assert.deepEqual(held, { oncpu: -20, runqueue: 5000, waited: 5000 });
  });

  it('retired: final, none', () => {
    const gone = open('BLOCKED', (slots) => {
      slots.set(0, 'retired', 1);
      slots.set(0, 'oncpu_ns', 77);
    });
    assert.deepEqual(gone, { oncpu: 77 });
  });
});

describe('a slot without a state to tell', () => {
  for (const state of ['FREE', 'UNSEEDED'] as const) {
    it(state.toLowerCase(), () => {
      const slots = new Slots(1);
      slots.begin(0, state, NOW - 1000);
      slots.set(0, 'oncpu_ns', 99);
      const totals = new Float64Array(TOTALS_LENGTH);
      assert.equal(new WorkerSlots(slots.bytes, slots.arrivals.buffer).addTo(totals, 0, NOW), false);
      assert.ok(totals.every((value) => value === 0));
    });
  }

  it('odd sequence for ever: given up, nothing added', () => {
    const slots = new Slots(1);
    slots.begin(0, 'ONCPU', NOW - 1000);
    slots.set(0, 'seq', 7);
    const totals = new Float64Array(TOTALS_LENGTH);
    assert.equal(new WorkerSlots(slots.bytes, slots.arrivals.buffer).addTo(totals, 0, NOW), false);
    assert.ok(totals.every((value) => value === 0));
  });
});

describe('a slot that is written meanwhile', () => {
  const start = (slots: Slots) => {
    for (const field of ['oncpu_ns', 'runqueue_ns', 'involuntary'] as const) slots.set(0, field, 0xffff_ffff);
    slots.begin(0, 'ONCPU', NOW - 1000);
  };
  /** A switch-out whole: the last read must not mix it with what was before. */
  const preempt = (slots: Slots) => {
    slots.add(0, 'seq', 2);
    slots.add(0, 'oncpu_ns', 400);
    slots.add(0, 'involuntary', 1);
    slots.begin(0, 'RUNQUEUE', NOW - 600);
  };

  it('is as before or as after, wherever the writer comes in', () => {
    const slots = new Slots(1);
    start(slots);
    const before = told(slots);
    preempt(slots);
    const after = told(slots);
    start(slots);
    const reads = interleaved(
      () => told(slots),
      () => preempt(slots),
      () => start(slots),
    );
    for (const read of reads) assert.deepEqual(read, read.involuntary === before.involuntary ? before : after);
    assert.ok(reads.length > 20, `${reads.length} places`);
    assert.deepEqual(new Set(reads.map((read) => read.involuntary)), new Set([2 ** 32 - 1, 2 ** 32]));
  });

  it('a waker, who takes no sequence, moves nothing out of the sum', () => {
    const slots = new Slots(1);
    const asleep = () => {
      slots.begin(0, 'BLOCKED', NOW - 1000);
      slots.set(0, 'woken_ns', NOW - 2 ** 33);
    };
    asleep();
    const sums = interleaved(
      () => Object.values(told(slots)).reduce((sum, ns) => sum + ns, 0),
      () => slots.set(0, 'woken_ns', NOW - 300),
      asleep,
    );
    assert.deepEqual(new Set(sums), new Set([1000]));
  });
});

describe('what a slot is', () => {
  function slotIn(state: keyof typeof WorkerState, wokenNs = 0): [Slots, WorkerSlots] {
    const slots = new Slots(2);
    slots.begin(1, state, 1000);
    if (wokenNs > 0) slots.set(1, 'woken_ns', wokenNs);
    slots.set(1, 'pool', 9);
    return [slots, new WorkerSlots(slots.bytes, slots.arrivals.buffer)];
  }

  const ACTIVE = {
    FREE: false,
    UNSEEDED: false,
    ONCPU: true,
    RUNQUEUE: true,
    THROTTLED: true,
    BLOCKED: false,
  } as const;
  for (const [state, active] of Object.entries(ACTIVE)) {
    it(`${state.toLowerCase()}: ${active ? '' : 'not '}active`, () => {
      assert.equal(slotIn(state as keyof typeof ACTIVE)[1].active(1), active);
    });
  }
  it('woken: active', () => assert.equal(slotIn('BLOCKED', 1000)[1].active(1), true));
  it('its pool', () => assert.equal(slotIn('ONCPU')[1].pool(1), 9));

  it('retired until it is freed; a free slot never', () => {
    const [slots, reader] = slotIn('ONCPU');
    assert.equal(reader.retired(1), false);
    slots.set(1, 'retired', 1);
    assert.equal(reader.retired(1), true);
    reader.free(1);
    assert.deepEqual(
      [reader.retired(1), reader.state(1), reader.state(0)],
      [false, WorkerState.FREE, WorkerState.FREE],
    );
  });
});

describe('the wait that a worker is in', () => {
  function wait(state: keyof typeof WorkerState, prepare: (slots: Slots) => void = () => {}) {
    const slots = new Slots(2);
    slots.begin(1, state, NOW - 1000);
    slots.set(1, 'queued_on', 5);
    prepare(slots);
    return new WorkerSlots(slots.bytes, slots.arrivals.buffer).openWait(1);
  }

  it('preempted: since then', () => assert.deepEqual(wait('RUNQUEUE'), { sinceNs: NOW - 1000, cpu: 5 }));
  it('woken: since the wake-up', () => {
    const woken = wait('BLOCKED', (slots) => slots.set(1, 'woken_ns', NOW - 300));
    assert.deepEqual(woken, { sinceNs: NOW - 300, cpu: 5 });
  });
  for (const state of ['FREE', 'UNSEEDED', 'ONCPU', 'THROTTLED', 'BLOCKED'] as const) {
    it(`${state.toLowerCase()}: none`, () => assert.equal(wait(state), null));
  }
  it('retired: none', () => {
    assert.equal(
      wait('RUNQUEUE', (slots) => slots.set(1, 'retired', 1)),
      null,
    );
  });
  it('came on a CPU unseen: none', () => {
    assert.equal(
      wait('RUNQUEUE', (slots) => {
        slots.arrivals[1] = BigInt(NOW - 900);
      }),
      null,
    );
  });
  it('that is just being written: none', () => {
    assert.equal(
      wait('RUNQUEUE', (slots) => slots.set(1, 'seq', 1)),
      null,
    );
  });
});
