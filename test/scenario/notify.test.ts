import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceManager } from '../lib/service_manager.ts';
import { Daemon, folder, until } from './daemon.ts';

const CONFIG = 'discover: false';

async function managed(env: string[] = [], socket = join(folder(), 'notify')) {
  const manager = await ServiceManager.listen(socket);
  const daemon = await Daemon.spawn({ config: CONFIG, wrap: ['env', `NOTIFY_SOCKET=${socket}`, ...env] });
  manager.giveUp = ended(daemon);
  return { manager, daemon };
}

/** Rejects some time after the daemon has ended: nothing more will come. */
async function ended(daemon: Daemon): Promise<never> {
  await daemon.ends();
  await sleep(1000);
  throw new Error(`the daemon has ended: ${daemon.log}`);
}

function nowUs(): number {
  return Number(process.hrtime.bigint()) / 1000;
}

describe('what a service manager is told', function () {
  this.timeout(60_000);

  it('READY=1 from the main process when it answers, STOPPING=1 when it ends', async () => {
    const { manager, daemon } = await managed();
    const ready = await manager.next();
    assert.ok(await daemon.isReady(), 'it answers from then on');
    assert.equal(ready.pid, daemon.pid);
    assert.deepEqual([...ready.fields], Object.entries({ READY: '1', STATUS: `serving ${daemon.url}/` }));
    daemon.child.kill('SIGTERM');
    const stopping = await manager.next();
    assert.deepEqual([...stopping.fields], Object.entries({ STOPPING: '1', STATUS: 'stopping (SIGTERM)' }));
    assert.equal(await daemon.ends(), 0);
  });

  it('RELOADING=1 with the time, then READY=1; also where the new configuration is refused', async () => {
    const { manager, daemon } = await managed();
    await manager.until('READY');
    for (const [text, status] of [
      [CONFIG, /^configuration reloaded$/],
      ['intervall: 5s', /^the old configuration stays in force: .*:1:1: unknown key/],
    ] as const) {
      writeFileSync(daemon.configFile, text);
      const sentUs = nowUs();
      daemon.child.kill('SIGHUP');
      const reloading = await manager.next();
      assert.equal(reloading.fields.get('RELOADING'), '1');
      const us = Number(reloading.fields.get('MONOTONIC_USEC'));
      assert.ok(Number.isInteger(us) && us >= Math.floor(sentUs) && us <= reloading.atUs, `${sentUs} ${us}`);
      const ready = await manager.next();
      assert.equal(ready.fields.get('READY'), '1');
      assert.match(ready.fields.get('STATUS')!, status);
    }
  });

  it('WATCHDOG=1 twice as often as asked, and only if asked', async () => {
    const { manager } = await managed(['WATCHDOG_USEC=1000000']);
    const { atUs } = await manager.until('READY');
    for (let beat = 1; beat <= 4; beat++) assert.equal((await manager.next()).fields.get('WATCHDOG'), '1');
    const seconds = (nowUs() - atUs) / 1e6;
    assert.ok(seconds >= 1.9 && seconds < 4, `4 beats of 0.5 s took ${seconds} s`);
    for (const env of [[], ['WATCHDOG_USEC=200000', 'WATCHDOG_PID=1']]) {
      const other = await managed(env);
      await other.manager.until('READY');
      await sleep(1000);
      other.daemon.child.kill('SIGTERM');
      assert.equal((await other.manager.next()).fields.get('STOPPING'), '1', `nothing came before, with ${env}`);
    }
  });

  it('an abstract socket', async () => {
    const { manager, daemon } = await managed([], `@pooldrift-test-${process.pid}`);
    assert.equal((await manager.next()).fields.get('READY'), '1');
    assert.equal(await daemon.stop(), 0);
  });

  it('why it does not start', async () => {
    const manager = await ServiceManager.listen(join(folder(), 'notify'));
    const wrap = ['env', `NOTIFY_SOCKET=${manager.socket}`, 'setpriv', '--bounding-set=-sys_admin,-bpf'];
    const daemon = await Daemon.spawn({ config: CONFIG, wrap });
    assert.equal(await daemon.ends(), 1);
    const { fields } = await manager.next();
    assert.deepEqual([...fields.keys()], ['STATUS']);
    assert.match(fields.get('STATUS')!, /^pooldrift: cannot run: CAP_BPF is missing/);
  });

  it('a manager that is gone costs one warning', async () => {
    const { manager, daemon } = await managed(['WATCHDOG_USEC=100000']);
    await manager.until('WATCHDOG');
    rmSync(manager.socket);
    await daemon.says(/level=warn .*the service manager: ENOENT: sendto/);
    await sleep(500);
    assert.equal(daemon.log.split('the service manager:').length, 2, 'once');
    await until('it goes on', () => daemon.isReady());
    assert.equal(await daemon.stop(), 0);
  });
});
