import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ProcessEvent as Layout, ProcessEventKind } from '../../../src/decode/layout.gen.ts';
import { printable } from '../../../src/decode/printable.ts';
import { decodeProcessEvent } from '../../../src/decode/process_event.ts';

/** Words before the record, in which a ring holds others; full of ones, so that a wrong offset shows. */
const BEFORE = 5;

type Raw = { kind?: number; comm?: string | Uint8Array; pool?: number; cgroup?: bigint; at?: bigint };

function record({ kind = 1, comm = 'sh', pool = 0, cgroup = 1n, at = 1n }: Raw): Int32Array {
  const words = new Int32Array(BEFORE + Layout.size / 4 + 3).fill(-1);
  const view = new DataView(words.buffer, BEFORE * 4, Layout.size);
  view.setUint32(Layout.kind, kind, true);
  view.setUint32(Layout.tid, 4_194_303, true);
  view.setUint32(Layout.tgid, 1234, true);
  view.setUint32(Layout.parent_tgid, 77, true);
  view.setBigUint64(Layout.cgroup_id, cgroup, true);
  view.setBigUint64(Layout.at_ns, at, true);
  const bytes = new Uint8Array(words.buffer, BEFORE * 4 + Layout.comm, Layout.comm_count).fill(0);
  bytes.set(typeof comm === 'string' ? Buffer.from(comm) : comm);
  view.setUint32(Layout.pool, pool, true);
  return words;
}

const decoded = (raw: Raw) => decodeProcessEvent(record(raw), BEFORE)!;

describe('a process event', () => {
  it('has every field', () => {
    assert.deepEqual(decoded({ kind: 2, comm: 'nginx', pool: 3, cgroup: 0x1_0000_002an, at: 8_999_999_999_999_999n }), {
      ...{ kind: 'exec', tid: 4_194_303, tgid: 1234, parentTgid: 77, comm: 'nginx', pool: 2 },
      ...{ cgroupId: 0x1_0000_002a, atNs: 8_999_999_999_999_999 },
    });
  });

  it('of no pool', () => assert.equal(decoded({ pool: 0 }).pool, null));
  it('of the first pool', () => assert.equal(decoded({ pool: 1 }).pool, 0));

  const kinds = ['fork', 'exec', 'exit', 'thread-start', 'thread-exit', 'rename', 'cgroup'];
  for (const [i, kind] of kinds.entries()) it(kind, () => assert.equal(decoded({ kind: i + 1 }).kind, kind));
  it('every kind that the kernel side has', () => {
    for (const kind of Object.values(ProcessEventKind)) assert.ok(decodeProcessEvent(record({ kind }), BEFORE));
  });
  for (const kind of [0, 8, 0xffff_ffff]) {
    it(`kind ${kind}: not a record of this version`, () =>
      assert.equal(decodeProcessEvent(record({ kind }), BEFORE), null));
  }
});

describe("a process event's command", () => {
  const cases: [string, string | Uint8Array, string][] = [
    ['15 bytes', 'exactly-fifteen', 'exactly-fifteen'],
    ['16 bytes without an end: no more than those', 'sixteen-no-end-!', 'sixteen-no-end-!'],
    ['none', '', ''],
    ['what lies behind its end', Buffer.from('sh\0old-name'), 'sh'],
    ['spaces, quotes, braces', ` a"b'c{d}`, ` a"b'c{d}`],
    ['a newline', 'a\nb', 'a\\x0ab'],
    ['a terminal escape', '\x1b[2Jx', '\\x1b[2Jx'],
    ['a backslash', 'a\\b', 'a\\\\b'],
    ['a delete', 'a\x7f', 'a\\x7f'],
    ['UTF-8', 'café', 'café'],
    ['UTF-8 cut in the middle at 15 bytes', Buffer.from('fourteen-bytesé').subarray(0, 15), 'fourteen-bytes\\xc3'],
    ['bytes that are no UTF-8', Uint8Array.of(0x61, 0xff, 0x80), 'a\\xff\\x80'],
    ['a right-to-left override', 'a\u202eb', 'a\\u{202e}b'],
  ];
  for (const [what, comm, expected] of cases) it(what, () => assert.equal(decoded({ comm }).comm, expected));

  it('any 16 bytes: as printable() makes them', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uint8Array({ minLength: 16, maxLength: 16, min: 0x20, max: 0x7e }),
    );
    fc.assert(fc.property(bytes, (comm) => assert.equal(decoded({ comm }).comm, printable(comm))));
  });
});
