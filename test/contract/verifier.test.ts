import assert from 'node:assert/strict';
import { join } from 'node:path';
import { KernelError } from '../../src/kernel/errors.ts';
import { BpfObject } from '../../src/kernel/object.ts';
import { VERDICTS } from '../unit/kernel/fixtures/verdicts.ts';
import { bpfObject } from './build.ts';

const SOURCES = join(import.meta.dirname, '../unit/kernel/fixtures/verifier');
/** What this kernel may word otherwise than the one whose logs the fixtures are: here only the gist. */
const GISTS: Readonly<Record<string, RegExp>> = {
  memory: /^R0 invalid mem access/,
  map: /map 'strange': failed to create/,
  relocation: /CO-RE relocation .*no_such_field/,
  tracepoint: /no_such_tracepoint/,
  licence: /GPL/,
};

async function refusal(name: string): Promise<KernelError> {
  const path = bpfObject(join(SOURCES, `${name}.bpf.c`));
  const object = await BpfObject.load(name, path, { entries: {}, without: [], constants: {} }).catch((error) => error);
  if (object instanceof KernelError) return object;
  object.close();
  throw new Error(`${name} was loaded`);
}

describe('an object that the kernel refuses', () => {
  for (const [name, gist] of Object.entries(GISTS)) {
    it(`${name}: one line says why, the whole log is kept`, async () => {
      assert.match(VERDICTS[name]!, gist);
      const { code, message, log } = await refusal(name);
      assert.equal(code, 'verifier');
      assert.match(message, new RegExp(`^the kernel refuses ${name}: `));
      assert.match(message.slice(message.indexOf(': ') + 2), gist);
      assert.equal(message.includes('\n'), false);
      assert.match(log, /failed to load object .*\n$/, 'to its end');
    });
  }

  it('a log of a megabyte: its end, too', async () => {
    const { message, log } = await refusal('long');
    assert.ok(log.length > 1_000_000, `${log.length} bytes`);
    assert.match(message, /R0 invalid mem access/);
  });
});
