import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ProcessEvent } from '../../../src/decode/event.ts';
import { EventOrder } from '../../../src/decode/event_order.ts';

function event(tid: number, atNs: number): ProcessEvent {
  return { kind: 'fork', tid, tgid: tid, parentTgid: 1, cgroupId: 1, atNs, comm: 'x', pool: null };
}

function taken(order: EventOrder, untilNs: number): number[] {
  const tids: number[] = [];
  order.take(untilNs, ({ tid }) => tids.push(tid));
  return tids;
}

describe('events of several buffers', () => {
  it('come out oldest first', () => {
    const order = new EventOrder();
    for (const [tid, atNs] of [
      [1, 30],
      [2, 50],
      [3, 10],
      [4, 40],
    ] as const)
      order.add(event(tid, atNs));
    assert.deepEqual(taken(order, 100), [3, 1, 4, 2]);
    assert.deepEqual(taken(order, 100), []);
  });

  it('of one moment stay in the order in which they were read', () => {
    const order = new EventOrder();
    for (const tid of [5, 3, 4]) order.add(event(tid, 7));
    assert.deepEqual(taken(order, 7), [5, 3, 4]);
  });

  it('newer than the drain wait: an older one may still lie in a buffer that was read before', () => {
    const order = new EventOrder();
    order.add(event(1, 101));
    order.add(event(2, 100));
    assert.deepEqual(taken(order, 100), [2]);
    order.add(event(3, 100.5));
    assert.deepEqual(taken(order, 200), [3, 1]);
  });

  it('a handler that throws: the event is not handed over again, the others are', () => {
    const order = new EventOrder();
    for (const tid of [1, 2, 3, 4]) order.add(event(tid, tid));
    const seen: number[] = [];
    const fussy = ({ tid }: ProcessEvent) => {
      seen.push(tid);
      if (tid === 2) throw new Error('two');
    };
    assert.throws(() => order.take(3, fussy), /two/);
    assert.deepEqual(seen, [1, 2]);
    assert.deepEqual(taken(order, 3), [3]);
    assert.deepEqual(taken(order, 4), [4]);
  });

  it('two CPUs that go on while they are read one after the other: in order over all, none lost', () => {
    const step = fc.record({ cpu: fc.nat(1), gap: fc.nat(5), drains: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const host = new TwoCpus();
        for (const { cpu, gap, drains } of steps) {
          host.happens(cpu, gap);
          if (drains) host.drains();
        }
        const out = host.end();
        assert.equal(out.length, steps.length);
        assert.deepEqual(
          out,
          out.toSorted((a, b) => a - b),
        );
      }),
    );
  });
});

class TwoCpus {
  readonly #order = new EventOrder();
  readonly #buffers: ProcessEvent[][] = [[], []];
  readonly #out: number[] = [];
  #nowNs = 0;
  #begunNs: number | null = null;

  happens(cpu: number, gapNs: number): void {
    this.#nowNs += gapNs;
    this.#buffers[cpu]!.push(event(1, this.#nowNs));
  }

  /** Every other call begins a drain and reads the first CPU's buffer; the next reads the second's and ends it. */
  drains(): void {
    if (this.#begunNs === null) {
      this.#begunNs = this.#nowNs;
      this.#read(0);
      return;
    }
    this.#read(1);
    this.#order.take(this.#begunNs, ({ atNs }) => this.#out.push(atNs));
    this.#begunNs = null;
  }

  end(): number[] {
    for (let i = 0; i < 4; i++) this.drains();
    return this.#out;
  }

  #read(cpu: number): void {
    for (const each of this.#buffers[cpu]!.splice(0)) this.#order.add(each);
  }
}
