import assert from 'node:assert/strict';
import type { SeenListener } from '../../../src/decode/listener.ts';
import { Overflows } from '../../../src/probes/overflows.ts';

const HOST = 1;
const CONTAINER = 2;

/** Network namespaces with a counter each, and processes in them. */
class Namespaces {
  readonly counters = new Map([
    [HOST, 1000],
    [CONTAINER, 70],
  ]);
  readonly netnsOf = new Map([
    [10, HOST],
    [11, HOST],
    [20, CONTAINER],
  ]);
  asked = 0;
  readonly overflows = new Overflows((tgid) => {
    this.asked++;
    const netns = this.netnsOf.get(tgid);
    return netns === undefined ? null : this.counters.get(netns)!;
  });

  /** A full queue drops so many of a socket's connections. */
  overflow(socket: SeenListener, count: number): void {
    this.counters.set(socket.netns, this.counters.get(socket.netns)! + count);
    socket.drops = (socket.drops + count) >>> 0;
    socket.full = true;
  }
}

function listener(tgid: number, inode: number, more: Partial<SeenListener> = {}): SeenListener {
  const netns = tgid < 20 ? HOST : CONTAINER;
  return { tgid, port: 80, family: 4, netns, inode, pool: 0, drops: 0, full: false, ...more };
}

describe('overflows of accept queues', () => {
  it('are what the namespace counts from the first look on', () => {
    const there = new Namespaces();
    const one = listener(10, 100, { drops: 555 });
    there.overflows.update([one]);
    assert.equal(there.overflows.read(0), 0);
    there.overflow(one, 7);
    there.overflows.update([one]);
    assert.equal(there.overflows.read(0), 7);
    there.overflows.update([one]);
    assert.equal(there.overflows.read(0), 7);
  });

  it('drops for other reasons are none', () => {
    const there = new Namespaces();
    const one = listener(10, 100);
    there.overflows.update([one]);
    one.drops += 9;
    there.overflows.update([one]);
    assert.equal(there.overflows.read(0), 0);
    one.drops += 5;
    there.overflow(one, 3);
    there.overflows.update([one]);
    assert.equal(there.overflows.read(0), 3);
  });

  it("belong to the queue that was full, a stranger's too", () => {
    const there = new Namespaces();
    const [ours, deferring, strange] = [
      listener(10, 100),
      listener(11, 101, { pool: 1 }),
      listener(11, 102, { pool: null }),
    ];
    const all = [ours, deferring, strange];
    there.overflows.update(all);
    deferring.drops += 1000;
    there.overflow(strange, 50);
    there.overflows.update(all);
    assert.deepEqual([there.overflows.read(0), there.overflows.read(1)], [0, 0]);
    strange.full = false;
    there.overflow(ours, 4);
    deferring.drops += 1000;
    there.overflows.update(all);
    assert.deepEqual([there.overflows.read(0), there.overflows.read(1)], [4, 0]);
  });

  it('of several at once are shared by their drops, to the last one', () => {
    const there = new Namespaces();
    const [one, other] = [listener(10, 100), listener(11, 101, { pool: 1 })];
    there.overflows.update([one, other]);
    there.overflow(one, 20);
    there.overflow(other, 11);
    one.drops += 20; // each of them twice
    other.drops += 11;
    there.overflows.update([one, other]);
    assert.deepEqual([there.overflows.read(0), there.overflows.read(1)], [20, 11]);
  });

  it('a socket that several processes hold counts once', () => {
    const there = new Namespaces();
    const [master, worker] = [listener(11, 100, { pool: null }), listener(10, 100)];
    there.overflows.update([master, worker]);
    there.overflow(worker, 6);
    master.drops = worker.drops;
    there.overflows.update([master, worker]);
    assert.equal(there.overflows.read(0), 6);
  });

  it('a listener that is new begins with none; namespaces are apart', () => {
    const there = new Namespaces();
    const one = listener(10, 100);
    there.overflows.update([one]);
    const [fresh, elsewhere] = [listener(11, 101, { pool: 1 }), listener(20, 200, { pool: 2 })];
    there.overflow(fresh, 5);
    there.overflow(elsewhere, 9);
    there.overflows.update([one, fresh, elsewhere]);
    assert.deepEqual(
      [0, 1, 2].map((pool) => there.overflows.read(pool)),
      [0, 5, 0],
      'a namespace is known from its first look on',
    );
    there.overflow(elsewhere, 2);
    there.overflows.update([one, fresh, elsewhere]);
    assert.equal(there.overflows.read(2), 2);
  });

  it('a process that is gone when it is asked: the next look makes up for it', () => {
    const there = new Namespaces();
    const one = listener(10, 100);
    there.overflows.update([one]);
    there.overflow(one, 8);
    there.netnsOf.delete(10);
    there.overflows.update([one]);
    assert.equal(there.overflows.read(0), 0);
    there.netnsOf.set(10, HOST);
    there.overflows.update([one]);
    assert.equal(there.overflows.read(0), 8);
  });

  it('drops that wrap, and an index that passes on', () => {
    const there = new Namespaces();
    const one = listener(10, 100, { drops: 2 ** 32 - 2 });
    there.overflows.update([one]);
    there.overflow(one, 5);
    there.overflows.update([one]);
    assert.equal(there.overflows.read(0), 5);
    there.overflows.release(0);
    assert.equal(there.overflows.read(0), 0);
  });

  it('the namespace is asked only where something was dropped', () => {
    const there = new Namespaces();
    const one = listener(10, 100);
    for (let i = 0; i < 10; i++) there.overflows.update([one]);
    assert.equal(there.asked, 1);
  });
});
