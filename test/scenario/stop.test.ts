import assert from 'node:assert/strict';
import { skip } from '../lib/skip.ts';
import { Daemon, until } from './daemon.ts';
import { noBpftool, objectsOf, pinned, stillThere } from './kernel_objects.ts';
import { command, type Said } from './verb.ts';

const SIGNALS: [NodeJS.Signals, number | null][] = [
  ['SIGTERM', 0],
  ['SIGINT', 0],
  ['SIGKILL', null],
];

/** Programs, maps and links are freed after a grace period of the kernel's. */
async function allFreed(held: ReadonlySet<string>): Promise<void> {
  await until(`${[...held]} are freed`, async () => (await stillThere(held)).length === 0);
}

describe('the end of the daemon', function () {
  this.timeout(60_000);

  for (const [signal, code] of SIGNALS) {
    it(`${signal} leaves nothing in the kernel; exit code ${code}`, async function () {
      skip(this, noBpftool());
      const daemon = await Daemon.start();
      const held = objectsOf(daemon.pid);
      for (const kind of ['prog', 'map', 'link'])
        assert.ok(
          [...held].some((object) => object.startsWith(kind)),
          kind,
        );
      assert.deepEqual(await pinned(held), []);
      assert.equal(await daemon.stop(signal), code, daemon.log);
      await allFreed(held);
    });
  }

  it('SIGTERM while it is starting is obeyed, too', async () => {
    for (const afterMs of [100, 400, 600, 800]) {
      const daemon = await Daemon.spawn();
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      const started = performance.now();
      daemon.child.kill('SIGTERM');
      const code = await daemon.ends();
      assert.ok(code === 0 || daemon.child.signalCode === 'SIGTERM', `exit code ${code}: ${daemon.log}`);
      assert.ok(performance.now() - started < 5000, 'within 5 s');
    }
  });

  it('a start that fails late leaves nothing in the kernel', async function () {
    skip(this, noBpftool());
    const first = await Daemon.start();
    const own = objectsOf(first.pid);
    const second = await Daemon.spawn({ flags: [`--web.listen-address=127.0.0.1:${first.port}`] });
    const held = new Set<string>();
    const look = setInterval(() => {
      for (const object of objectsOf(second.pid)) held.add(object);
    }, 10);
    assert.equal(await second.ends(), 1);
    clearInterval(look);
    assert.ok(held.size > 0, 'it had come as far as the kernel');
    assert.match(second.log, /the port is taken by .*pooldrift|the port is taken by .*\(pid \d+\)/);
    await allFreed(held);
    assert.deepEqual(new Set(await stillThere(own)), own, 'the first one goes on');
  });

  it('the terminal is given back', async () => {
    const shown: Said = await onTerminal('SIGINT');
    assert.match(shown.out, /POOL +SIZE/);
    const last = shown.out.lastIndexOf('\u001b[?25');
    assert.equal(shown.out.slice(last, last + 6), '\u001b[?25h', 'the cursor shows');
    assert.ok(!shown.out.includes('\u001b[?1049h'), 'no alternate screen');
  });
});

/** The daemon on a terminal of its own (script(1)), ended by a signal after some seconds. */
async function onTerminal(signal: string): Promise<Said> {
  const daemon = await Daemon.spawn({ wrap: ['echo'] });
  await daemon.ends();
  const line = `timeout --foreground -s ${signal} 4 ${daemon.log.trim()}`;
  return command(['script', '-qefc', line, '/dev/null']);
}
