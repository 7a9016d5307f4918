import assert from 'node:assert/strict';
import { join } from 'node:path';
import { KernelError } from '../../src/kernel/errors.ts';
import { BpfObject } from '../../src/kernel/object.ts';
import { ladder } from '../../src/probes/request_needs.ts';
import type { SchedProbe } from '../../src/probes/sched.ts';
import { TcpProbe } from '../../src/probes/tcp.ts';
import { programsFor } from '../../src/probes/tcp_needs.ts';
import { defer } from '../lib/cleanup.ts';
import { openProbe, openProbes } from '../lib/probe.ts';
import { skip } from '../lib/skip.ts';
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

describe('the objects of the probes, in the verifier', function () {
  this.timeout(60_000);

  for (const [count, requests] of [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ] as const) {
    it(`TCP${count ? ' counted' : ''}${requests ? ', for requests' : ''}: every program that is wanted, and a look`, async () => {
      const sched = (await openProbe({ requests, connections: count })) as SchedProbe;
      const tcp = await TcpProbe.open(sched, { count, requests });
      defer(() => tcp.close());
      const loaded = tcp.programs().map(({ program }) => program);
      const { attached } = programsFor({ count, requests });
      assert.deepEqual(
        attached.filter((program) => !loaded.includes(program)),
        [],
      );
      assert.ok(Array.isArray(tcp.listeners()));
      assert.equal(tcp.sockets().most > 0, count || requests);
      await tcp.seeQueues();
    });
  }

  for (const answers of ['on_sendmsg_locked', 'on_sendmsg_entry', 'on_send_length'] as const) {
    for (const ring of ['bpf', 'perf'] as const) {
      it(`requests by ${answers}, ${ring} ring`, async function () {
        const there = answers !== 'on_sendmsg_locked' || ladder().includes(answers);
        skip(this, there ? null : 'no tracepoint tcp_sendmsg_locked');
        const { request } = await openProbes({ answers, ring }).catch((error) => {
          // Some machines forbid fentry, whatever it is: that is why there is a ladder.
          const forbidden = answers === 'on_sendmsg_entry' && error.code === 'not-permitted';
          skip(this, forbidden ? 'fentry is forbidden' : null);
          throw error;
        });
        assert.equal(request.answers, answers);
        assert.ok(request.programs().some(({ program }) => program === answers));
      });
    }
  }
});

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
