import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon, folder, until } from './daemon.ts';
import { end, program } from './program.ts';

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe('pools of a running daemon', function () {
  this.timeout(60_000);

  it('one that matches nothing: a warning, series all the same, and found when it starts', async () => {
    const exe = join(folder(), 'latecomer');
    copyFileSync('/bin/sleep', exe);
    const daemon = await Daemon.start({ config: `interval: 1s\npools: [{ name: late, match: { exe: ${exe} } }]` });
    const warning = await daemon.says(/level=warn .*late/);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal(count(daemon.log, 'level=warn'), 1, daemon.log);
    assert.match(await daemon.metrics(), /^pooldrift_pool_info\{.*pool="late".*\} 1$/m);
    const first = await program(exe, ['1000']);
    await until('it is found', async () => (await daemon.pool('late'))?.tgids.includes(first.pid));
    await end(first);
    await until('its end is seen', async () => (await daemon.pool('late'))?.tgids.length === 0);
    const again = await program(exe, ['1000']);
    await until('its return is seen', async () => (await daemon.pool('late'))?.tgids.includes(again.pid));
    assert.equal(count(daemon.log, warning.slice(warning.indexOf('msg='))), 1, 'said once');
  });

  it('more pools than limits.pools: counted and said, the others watched', async () => {
    const sleepers = await Promise.all([1, 2, 3].map(() => program('sleep', ['1000'])));
    const pools = sleepers.map(({ pid }, i) => `  - { name: p${i}, match: { pid: ${pid} } }\n`).join('');
    const daemon = await Daemon.start({ config: `limits: { pools: 2 }\npools:\n${pools}` });
    await daemon.says('pool p2 is not watched: limits.pools is 2');
    const status = await daemon.status();
    assert.equal(status.poolsRefused, 1);
    assert.deepEqual(
      status.pools.map(({ pool }) => pool),
      ['p0', 'p1'],
    );
    assert.match(await daemon.metrics(), /^pooldrift_pools_refused_total 1$/m);
  });

  it('more workers than limits.workers: counted and said, the others counted', async () => {
    const exe = join(folder(), 'many');
    copyFileSync('/bin/sleep', exe);
    await Promise.all(Array.from({ length: 80 }, () => program(exe, ['1000'])));
    const config = `limits: { workers: 64 }\npools: [{ name: many, match: { exe: ${exe} } }]`;
    const daemon = await Daemon.start({ config });
    await daemon.says(/more workers than limits\.workers \(64\)/);
    await until('all are refused', async () => (await daemon.status()).workersRefused >= 16);
    const status = await daemon.status();
    assert.equal(status.workersRefused, 16);
    assert.equal(status.pools[0]!.threads, 64);
  });

  it('a process that changes its name or program leaves and joins', async () => {
    const dir = folder();
    const [one, two] = [join(dir, 'scn-one'), join(dir, 'scn-two')];
    for (const exe of [one, two]) copyFileSync('/bin/sleep', exe);
    const config = `pools:\n  - { name: one, match: { exe: ${one} } }\n  - { name: two, match: { exe: ${two} } }\n  - { name: three, match: { comm: scn-three } }`;
    const daemon = await Daemon.start({ config });
    const { pid } = await program('sh', ['-c', `sleep 1; printf scn-three >/proc/$$/comm; sleep 2; exec ${two} 1000`]);
    const memberOf = async (name: string) => (await daemon.pool(name))?.tgids.includes(pid);
    await until('renamed', () => memberOf('three'), 5);
    await until('another program', () => memberOf('two'), 6);
    assert.ok(!(await memberOf('three')));
  });
});
