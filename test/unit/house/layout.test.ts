import assert from 'node:assert/strict';
import { renderLayout } from '../../../scripts/layout.ts';
import { btfOf } from './compile.ts';

const ANCHOR = 'const volatile struct wire *unused __attribute__((unused));';

function refused(fields: string, message: RegExp): void {
  const source = `struct wire {\n${fields}\n};\n${ANCHOR}`;
  assert.throws(() => renderLayout(source, [btfOf(source)]), { message });
}

describe('layouts from BTF', function () {
  this.timeout(20_000);

  it('refuse a hole, by field', () => refused('u32 a; u64 b;', /^struct wire, field b: a hole of 4 bytes before it$/));
  it('refuse tail padding', () => refused('u64 a; u32 b;', /^struct wire: 4 bytes of padding at its end$/));
  it('refuse a bitfield', () => refused('u32 a : 8; u32 b : 24;', /^struct wire, field a: a bitfield$/));
  it('refuse a pointer', () => refused('void *a;', /^struct wire, field a: a pointer$/));
  it('refuse an array of pointers', () => refused('void *a[2];', /^struct wire, field a: a pointer$/));
  it('refuse an unnamed member', () => refused('union { u32 a; u32 b; };', /field \(anon\): needs a name/));

  it('refuse a type that no object has', () => {
    const lost = btfOf('struct other { u32 a; };\nconst volatile struct other *unused __attribute__((unused));');
    assert.throws(() => renderLayout('struct wire {', [lost]), { message: /^struct wire: in no object's BTF/ });
  });

  it('refuse a type that two objects lay out differently', () => {
    const objects = ['u32 a;', 'u64 a;'].map((fields) => btfOf(`struct wire { ${fields} };\n${ANCHOR}`));
    assert.throws(() => renderLayout('struct wire {', objects), { message: /^struct wire: two objects/ });
  });

  it('are the same from objects that agree', () => {
    const source = `struct wire { u32 a[2]; };\n${ANCHOR}`;
    const one = btfOf(source);
    assert.equal(renderLayout(source, [one, btfOf(source)]), renderLayout(source, [one]));
  });

  it('read enum values as unsigned 32 bit', () => {
    const source =
      'enum wire { WIRE_A = -1, WIRE_B = 0x7fffffff };\nconst volatile enum wire *unused __attribute__((unused));';
    assert.match(renderLayout(source, [btfOf(source)]), /A: 4294967295,\n {2}B: 2147483647,/);
  });
});
