import assert from 'node:assert/strict';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { skip } from '../lib/skip.ts';
import { companion, KINDS, oneCpu, openRing, produce, WRITES } from './producer.ts';
import { Receiver } from './receiver.ts';

const RING_BYTES = 16_384;
/** Fits into the ring, whatever the sizes of its records. */
const SMALL_BATCH = 97;

for (const kind of KINDS) {
  describe(`a ring of kind ${kind}`, function () {
    this.timeout(60_000);

    it('hands over every record once, in order and whole, round and round', async () => {
      const { object, ring } = await openRing(kind, RING_BYTES);
      const receiver = new Receiver();
      const total = 20_011 * SMALL_BATCH;
      let handed = 0;
      for (let first = 0; first < total; first += SMALL_BATCH) {
        assert.equal(produce(object, WRITES[kind], first, SMALL_BATCH), 0, 'refused');
        handed += ring.drain(receiver.handler);
      }
      assert.deepEqual(receiver.faults.slice(0, 5), []);
      assert.deepEqual([handed, receiver.received], [total, total]);
      assert.equal(receiver.places.size > 1, kind === 'perf', 'only there a record can straddle the end');
    });

    it('flooded: received + refused = produced, and what was received is in order', async () => {
      const { object, ring } = await openRing(kind, RING_BYTES);
      const receiver = new Receiver();
      let [refused, first] = [0, 0];
      for (const batches of [1, 2, 3, 5, 7, 11, 13]) {
        for (let i = 0; i < batches; i++, first += 499) refused += produce(object, WRITES[kind], first, 499);
        const before = receiver.received;
        assert.equal(ring.drain(receiver.handler), receiver.received - before);
        assert.equal(receiver.received + refused, first);
      }
      assert.deepEqual(receiver.faults.slice(0, 5), []);
      assert.ok(refused > first / 2, `${refused} of ${first} refused: no flood`);
      assert.ok(receiver.received > 7 * 100, `${receiver.received} received`);
    });

    it('two CPUs produce while it is read: received + refused = produced, each in order', async function () {
      skip(this, oneCpu());
      const { object, ring } = await openRing(kind, 1 << 18);
      const totals = [1_000_003, 700_001];
      const producers = await Promise.all(totals.map((total, cpu) => companion(object, WRITES[kind], cpu, cpu, total)));
      const receiver = new Receiver();
      let running = true;
      const all = Promise.all(producers.map(({ done }) => done)).finally(() => {
        running = false;
      });
      for (const { go } of producers) go();
      while (running) {
        ring.drain(receiver.handler);
        await turn();
      }
      const refused = await all;
      ring.drain(receiver.handler);
      assert.deepEqual(receiver.faults.slice(0, 5), []);
      assert.deepEqual([...receiver.cpus].sort(), [0, 1]);
      totals.forEach((total, i) => {
        assert.equal((receiver.counts.get(i) ?? 0) + refused[i]!, total, `producer ${i}`);
      });
      assert.ok(receiver.received > 10_000, `${receiver.received} received`);
    });

    it('a handler that throws: what it had is not handed over again, the rest is', async () => {
      const { object, ring } = await openRing(kind, RING_BYTES);
      produce(object, WRITES[kind], 0, SMALL_BATCH);
      const seen: number[] = [];
      const fussy = (words: Int32Array, at: number) => {
        seen.push(words[at + 1]!);
        if (seen.length === 41 || seen.length === 42) throw new Error('enough');
      };
      assert.throws(() => ring.drain(fussy), /enough/);
      assert.equal(seen.length, 41);
      assert.throws(() => ring.drain(fussy), /enough/);
      assert.equal(seen.length, 42);
      assert.equal(ring.drain(fussy), SMALL_BATCH - 42);
      assert.deepEqual(
        seen,
        Array.from({ length: SMALL_BATCH }, (_, i) => i),
      );
    });

    it('what arrives while it is drained is handed over by the next drain at the latest', async () => {
      const { object, ring } = await openRing(kind, RING_BYTES);
      const receiver = new Receiver();
      produce(object, WRITES[kind], 0, 10);
      let more = true;
      ring.drain((words, at) => {
        if (more) produce(object, WRITES[kind], 10, 10, 1);
        more = false;
        receiver.handler(words, at);
      });
      ring.drain(receiver.handler);
      assert.deepEqual(
        receiver.counts,
        new Map([
          [0, 10],
          [1, 10],
        ]),
      );
      assert.deepEqual(receiver.faults, []);
    });

    it('empty: nothing', async () => {
      const { object, ring } = await openRing(kind, RING_BYTES);
      const never = () => assert.fail('there is no record');
      assert.equal(ring.drain(never), 0);
      produce(object, WRITES[kind], 0, 3);
      assert.equal(
        ring.drain(() => {}),
        3,
      );
      assert.equal(ring.drain(never), 0);
    });

    it('closed twice, and drained after: nothing', async () => {
      const { object, ring } = await openRing(kind, RING_BYTES);
      produce(object, WRITES[kind], 0, 3);
      ring.close();
      ring.close();
      assert.equal(
        ring.drain(() => assert.fail('it is closed')),
        0,
      );
    });
  });
}

describe('the BPF ring buffer', () => {
  it('records that were taken back are passed over', async () => {
    const { object, ring } = await openRing('bpf', RING_BYTES);
    const seen: number[] = [];
    assert.equal(produce(object, 'discarding', 0, 100), 0);
    assert.equal(
      ring.drain((words, at) => void seen.push(words[at + 1]!)),
      66,
    );
    assert.deepEqual(
      seen,
      Array.from({ length: 100 }, (_, i) => i).filter((i) => i % 3 !== 0),
    );
  });

  it('a record that is still being written stops the drain, also for those behind it', async function () {
    skip(this, oneCpu());
    const { object, ring } = await openRing('bpf', RING_BYTES);
    const control = new Int32Array(object.view('.data.control', 8).bytes);
    const holder = await companion(object, 'holding', 1, 1, 1);
    produce(object, 'to_ring', 0, 5);
    holder.go();
    while (Atomics.load(control, 0) === 0) await sleep(1);
    produce(object, 'to_ring', 5, 7);
    const producers: number[] = [];
    const note = (words: Int32Array, at: number) => void producers.push(words[at]!);
    assert.equal(ring.drain(note), 5);
    assert.equal(ring.drain(note), 0);
    Atomics.store(control, 1, 1);
    assert.equal(await holder.done, 0);
    assert.equal(ring.drain(note), 8);
    assert.deepEqual(producers, [...Array(5).fill(0), 1, ...Array(7).fill(0)]);
  });
});
