import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Daemon, until } from './daemon.ts';
import { program } from './program.ts';

const pools = (...named: [name: string, pid: number][]) =>
  `pools:\n${named.map(([name, pid]) => `  - { name: ${name}, match: { pid: ${pid} } }\n`).join('')}`;

async function names(daemon: Daemon): Promise<string[]> {
  return (await daemon.status()).pools.map(({ pool }) => pool);
}

describe('reload', function () {
  this.timeout(60_000);

  it('SIGHUP takes the new configuration; a pool that stays keeps its counters', async () => {
    const [a, b] = [await program('sleep', ['1000']), await program('sleep', ['1000'])];
    const daemon = await Daemon.start({ config: pools(['a', a.pid]) });
    const before = (await until('pool a is watched', async () => (await daemon.pool('a'))?.timeSeconds)).blocked;
    writeFileSync(daemon.configFile, pools(['a', a.pid], ['b', b.pid]));
    daemon.child.kill('SIGHUP');
    await daemon.says('configuration reloaded');
    assert.deepEqual(await names(daemon), ['a', 'b']);
    const after = (await daemon.pool('a'))!.timeSeconds!.blocked;
    assert.ok(after > before, `${after} s blocked after, ${before} s before`);
    writeFileSync(daemon.configFile, pools(['b', b.pid]));
    daemon.child.kill('SIGHUP');
    await until('a is gone', async () => (await names(daemon)).join() === 'b');
  });

  it('a bad configuration keeps the old one and says where the fault is', async () => {
    const a = await program('sleep', ['1000']);
    const daemon = await Daemon.start({ config: pools(['a', a.pid]) });
    writeFileSync(daemon.configFile, 'pools:\n  - { name: z, match: { comm: "/(/" } }\n');
    daemon.child.kill('SIGHUP');
    await daemon.says('the old configuration stays in force');
    assert.match(daemon.log, new RegExp(`level=error .*${daemon.configFile}:2:31: `));
    assert.deepEqual(await names(daemon), ['a']);
    assert.equal((await daemon.pool('a'))!.threads, 1);
    writeFileSync(daemon.configFile, pools(['z', a.pid]));
    daemon.child.kill('SIGHUP');
    await until('the mended one is taken', async () => (await names(daemon)).join() === 'z');
  });

  it('POST /-/reload works behind its flag, only', async () => {
    const post = (daemon: Daemon) => fetch(`${daemon.url}/-/reload`, { method: 'POST' });
    const closed = await Daemon.start({ config: 'discover: false' });
    assert.equal((await post(closed)).status, 403);
    const open = await Daemon.start({ config: 'discover: false', flags: ['--web.enable-lifecycle'] });
    assert.equal((await fetch(`${open.url}/-/reload`)).status, 405);
    const a = await program('sleep', ['1000']);
    writeFileSync(open.configFile, pools(['a', a.pid]));
    assert.equal((await post(open)).status, 200);
    assert.deepEqual(await names(open), ['a']);
    writeFileSync(open.configFile, 'intervall: 5s\n');
    const bad = await post(open);
    assert.equal(bad.status, 500);
    assert.match(await bad.text(), /the old configuration stays in force: .*:1:1: unknown key/);
    assert.deepEqual(await names(open), ['a']);
  });

  it('what cannot change while it runs is said', async () => {
    const daemon = await Daemon.start({ config: 'discover: false' });
    writeFileSync(daemon.configFile, 'discover: false\nlimits: { pools: 3 }\n');
    daemon.child.kill('SIGHUP');
    await daemon.says('limits, probes, drift and interval change at the next start');
  });
});
