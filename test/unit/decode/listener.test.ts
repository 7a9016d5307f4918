import assert from 'node:assert/strict';
import { Listener as Layout } from '../../../src/decode/layout.gen.ts';
import { decodeListeners } from '../../../src/decode/listener.ts';

function record(fields: Partial<Record<keyof typeof Layout, number>>): Buffer {
  const view = new DataView(new ArrayBuffer(Layout.size));
  for (const [name, value] of Object.entries(fields)) view.setUint32(Layout[name as keyof typeof Layout], value, true);
  return Buffer.from(view.buffer);
}

describe('listeners as the look writes them', () => {
  it('one after another, wherever they lie in memory', () => {
    const one = record({ tgid: 7, port: 8080, family: 2, netns: 4026531840, inode: 12, pool: 3, drops: 9, full: 1 });
    const other = record({ tgid: 8, port: 53, family: 10, drops: 2 ** 32 - 1 });
    const bytes = Buffer.concat([Buffer.from('x'), one, other]).subarray(1);
    assert.deepEqual(decodeListeners(bytes), [
      { tgid: 7, port: 8080, family: 4, netns: 4026531840, inode: 12, pool: 2, drops: 9, full: true },
      { tgid: 8, port: 53, family: 6, netns: 0, inode: 0, pool: null, drops: 2 ** 32 - 1, full: false },
    ]);
    assert.deepEqual(decodeListeners(Buffer.alloc(0)), []);
  });
});
