import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BACKOFF_MAX_MS, backoffMs } from '../../../../src/outputs/alertmanager/backoff.ts';
import type { Message } from '../../../../src/outputs/alertmanager/message.ts';
import { QUEUE_BYTES_MAX, QUEUE_MESSAGES_MAX, Queue } from '../../../../src/outputs/alertmanager/queue.ts';

const message = (key: string, json = key, bytes = 100): Message => ({ key, json, bytes });
const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => message(String(from + i)));

function drained(queue: Queue): string[] {
  const all: string[] = [];
  while (queue.length > 0) all.push(...queue.take().map(({ json }) => json));
  return all;
}

describe('the queue of an Alertmanager', () => {
  it('gives the oldest first, 64 at a time', () => {
    const queue = new Queue();
    queue.add(range(130));
    assert.deepEqual([queue.take().length, queue.take()[0]!.key, queue.take().length, queue.length], [64, '64', 2, 0]);
  });

  it('gives batches of half a MiB, and at least one message', () => {
    const queue = new Queue();
    queue.add(['a', 'b', 'c', 'd', 'e'].map((key) => message(key, key, 130 * 1024)));
    queue.add([message('f', 'f', 600 * 1024)]);
    assert.deepEqual([queue.take().length, queue.take().length, queue.take().length], [3, 2, 1]);
  });

  it('keeps the newest messages, and counts the others', () => {
    const queue = new Queue();
    queue.add(range(QUEUE_MESSAGES_MAX));
    queue.add(range(5, QUEUE_MESSAGES_MAX));
    assert.deepEqual([queue.length, queue.dropped, queue.take()[0]!.key], [QUEUE_MESSAGES_MAX, 5, '5']);
  });

  it('keeps the newest bytes, also where what is there grows', () => {
    const queue = new Queue();
    const each = 100 * 1024;
    const fit = Math.floor(QUEUE_BYTES_MAX / each);
    queue.add(Array.from({ length: fit }, (_, i) => message(String(i), '', each)));
    assert.equal(queue.dropped, 0);
    queue.add([message('0', 'new', 2 * each)]);
    assert.deepEqual([queue.length, queue.dropped, drained(queue).at(-1)], [fit - 1, 1, 'new']);
  });

  it('replaces what waits under the same key, without a loss', () => {
    const queue = new Queue();
    queue.add([message('a', 'old'), message('b'), message('a', 'new')]);
    assert.deepEqual([queue.dropped, drained(queue)], [0, ['b', 'new']]);
  });

  it('takes a batch back to its front, but not what is newer by now', () => {
    const queue = new Queue();
    queue.add([message('a', 'old'), message('b')]);
    const batch = queue.take();
    queue.add([message('c'), message('a', 'new')]);
    queue.putBack(batch);
    assert.deepEqual(drained(queue), ['b', 'c', 'new']);
  });

  it('counts its bytes right through whatever happens', () => {
    const step = fc.tuple(
      fc.constantFrom('add', 'take', 'back'),
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 1, max: 99 }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const queue = new Queue();
        let out: Message[] = [];
        for (const [what, key, bytes] of steps) {
          if (what === 'add') queue.add([message(String(key), 'x', bytes * 1024)]);
          else if (what === 'take') out = queue.take();
          else queue.putBack(out.splice(0));
        }
        const half = Math.floor(QUEUE_BYTES_MAX / 2);
        drained(queue);
        queue.add([message('x', 'x', half), message('y', 'y', half)]);
        assert.deepEqual([queue.length, queue.dropped], [2, 0]); // bytes left over would have dropped one
      }),
    );
  });
});

describe('backoff', () => {
  it('doubles, with a random half, up to a limit', () => {
    const bounds = (failures: number) => [backoffMs(failures, 0), backoffMs(failures, 1)];
    assert.deepEqual([1, 2, 3].map(bounds), [
      [250, 500],
      [500, 1000],
      [1000, 2000],
    ]);
    assert.deepEqual(bounds(1000), [BACKOFF_MAX_MS / 2, BACKOFF_MAX_MS]);
  });
});
