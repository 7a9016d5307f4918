import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defer } from '../lib/cleanup.ts';
import { remount, tmpfs } from '../lib/mounts.ts';
import { opened, session } from '../unit/state/state.ts';
import { Daemon, folder } from './daemon.ts';
import { program } from './program.ts';
import { pooldrift } from './verb.ts';

const on = (state: string) => ({ config: 'discover: false', flags: [`--state.dir=${state}`] });
const KIB = 1024;

/** Takes all that is left of a small file system. */
function fill(at: string): string {
  const file = join(at, 'filling');
  assert.throws(() => writeFileSync(file, Buffer.alloc(1024 * KIB)), { code: 'ENOSPC' });
  return file;
}

function count(log: string, text: string): number {
  return log.split(text).length - 1;
}

describe('the state folder of a daemon', function () {
  this.timeout(60_000);

  it('two daemons on one: the second refuses and names the first, until that is killed', async () => {
    const state = join(folder(), 'state');
    const first = await Daemon.start(on(state));
    const second = await Daemon.spawn(on(state));
    assert.equal(await second.ends(), 1);
    assert.ok(second.log.includes(`pooldrift: another pooldrift (pid ${first.pid}) has the state folder ${state}\n`));
    assert.match(second.log, /\n {2}Stop that one, or give this one a folder of its own with --state\.dir\.\n/);
    assert.ok(await first.isReady(), 'the first does not mind');
    await first.stop('SIGKILL');
    const third = await Daemon.start(on(state));
    assert.equal(await third.stop(), 0);
    session(state, (_, log) => assert.deepEqual(log.lines, [], 'free again'));
    assert.equal(statSync(state).mode & 0o777, 0o700);
  });

  it('a read-only one: said once, and it goes on; two of them, too, where there was no daemon before', async () => {
    const state = join(folder(), 'state');
    tmpfs(state, 64);
    await remount(state, 'ro');
    for (const daemon of [await Daemon.start(on(state)), await Daemon.start(on(state))]) {
      await daemon.says(`state folder ${state}: it is read-only; nothing is kept over a restart until`);
      assert.equal(count(daemon.log, 'state folder'), 1);
    }
  });

  it('a read-only one that has been used: what is in it is read, and it is still for one daemon', async () => {
    const state = join(folder(), 'state');
    tmpfs(state, 64);
    session(state, (before) => before.write('p', 'kept'));
    await remount(state, 'ro');
    const { state: first, log } = opened(state);
    assert.match(log.lines.join(), /it is read-only; nothing is kept/);
    assert.equal(first.read('p')?.value, 'kept');
    assert.equal(first.write('p', 'other'), false);
    const second = await Daemon.spawn(on(state));
    assert.equal(await second.ends(), 1);
    assert.match(second.log, /another pooldrift .*has the state folder/);
    await remount(state, 'rw');
    assert.equal(first.write('p', 'new'), true);
    first.close();
    assert.deepEqual(log.lines.slice(1), [`info: state folder ${state} works again`]);
    assert.equal(
      session(state, (after) => after.read('p')?.value),
      'new',
    );
  });

  it('a full disk: said once, and it goes on', async () => {
    const state = join(folder(), 'state');
    tmpfs(state, 64);
    fill(state);
    const daemon = await Daemon.start(on(state));
    await daemon.says(`state folder ${state}: the disk is full; nothing is kept over a restart until`);
    assert.equal(count(daemon.log, 'state folder'), 1);
    assert.equal(await daemon.stop(), 0);
  });

  it('a disk that fills up: the old file stays whole, nothing lies about, and it works again once there is room', () => {
    const state = join(folder(), 'state');
    tmpfs(state, 64);
    const { state: writer, log } = opened(state);
    const value = 'x'.repeat(8 * KIB);
    assert.equal(writer.write('p', value), true);
    assert.equal(writer.read('p')?.value, value);
    const filling = fill(state);
    for (let n = 0; n < 3; n++) assert.equal(writer.write('p', value + n), false);
    assert.deepEqual(log.lines, [
      `warn: state folder ${state}: the disk is full; nothing is kept over a restart until that is put right`,
    ]);
    assert.equal(writer.read('p')?.value, value);
    assert.deepEqual(readdirSync(join(state, 'pools')), ['p.json']);
    rmSync(filling);
    assert.equal(writer.write('p', 'again'), true);
    assert.equal(writer.read('p')?.value, 'again');
    assert.deepEqual(log.lines.slice(1), [`info: state folder ${state} works again`]);
  });

  it('a damaged file of a pool: set aside, said once, and a fresh one is written', async () => {
    const state = join(folder(), 'state');
    const file = join(state, 'pools/p.json');
    session(state, (before) => before.write('p', 'something'));
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -3));
    const { pid } = await program('sleep', ['1000']);
    const config = `pools: [{ name: p, match: { pid: ${pid} } }]`;
    const daemon = await Daemon.start({ ...on(state), config });
    await daemon.says('what is kept of pool p: the file is damaged (it is no JSON): kept as ');
    assert.equal(await daemon.stop(), 0);
    assert.equal(count(daemon.log, 'damaged ('), 1);
    assert.deepEqual(readdirSync(join(state, 'pools')), ['p.damaged', 'p.json']);
    const saved = session(state, (after) => after.read('p')?.value);
    assert.equal(typeof (saved as { course: { identity: unknown } }).course.identity, 'object', JSON.stringify(saved));
  });

  it('a writer that is killed at any moment leaves the last file or the one before, whole', async () => {
    const state = join(folder(), 'state');
    let last = 0;
    for (let round = 0; round < 8; round++) {
      const writer = join(import.meta.dirname, 'state_writer.ts');
      const child = spawn(process.execPath, [writer, state], { stdio: ['ignore', 'pipe', 'inherit'] });
      defer(() => void child.kill('SIGKILL'));
      await once(child.stdout, 'data');
      await sleep(round * 3.7);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const { format, value } = JSON.parse(readFileSync(join(state, 'pools/p.json'), 'utf8'));
      assert.deepEqual([format, value.filling], [1, String(value.n).repeat(20_000)]);
      last = session(state, (after, log) => {
        assert.deepEqual(log.lines, [], 'the lock went with it');
        return (after.read('p')!.value as { n: number }).n;
      });
      assert.ok(last >= 4, `${last}`);
      assert.deepEqual(readdirSync(join(state, 'pools')), ['p.json']);
    }
  });

  it('baseline says clearly what it has no pool or no daemon for', async () => {
    const daemon = await Daemon.start(on(join(folder(), 'state')));
    const missing = await pooldrift(['baseline', 'nosuch', `--url=${daemon.url}`]);
    assert.deepEqual([missing.code, missing.out], [1, '']);
    assert.match(missing.err, /^pooldrift baseline: .* answers: there is no pool "nosuch"; there is none yet\n$/);
    await daemon.stop();
    const gone = await pooldrift(['baseline', 'nosuch', `--url=${daemon.url}`]);
    assert.equal(gone.code, 1);
    assert.match(gone.err, /no pooldrift answers at/);
  });
});
