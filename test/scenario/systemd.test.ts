import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { skip } from '../lib/skip.ts';
import { noSystemd, Systemd } from '../lib/systemd.ts';
import { folder, freePort, until } from './daemon.ts';
import { otherUsersServer, showsAll } from './service_scene.ts';

const WATCHDOG_SECONDS = 8;

describe('the unit under a real systemd', function () {
  this.timeout(180_000);

  it('starts, shows all, reloads, is watched, and stops, with all its hardening', async function () {
    skip(this, noSystemd());
    const [{ port: served }, port] = [await otherUsersServer(), await freePort()];
    const log = join(folder(), 'log');
    const systemd = await Systemd.start({
      config: `pools: [{ name: app, match: { listen: ${served} } }]`,
      settings: `WatchdogSec=${WATCHDOG_SECONDS}s\nRestartSec=100ms`,
      port,
      log,
    });
    const written = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
    const started = await systemd.systemctl('start', 'pooldrift.service');
    const url = `http://127.0.0.1:${port}`;
    const ready = async () => (await fetch(`${url}/-/ready`).catch(() => null))?.ok;
    assert.equal(started.code, 0, `${started.said}${await systemd.property('StatusText')}\n${written()}`);
    assert.ok(await ready(), 'systemctl start returns when it answers');
    assert.equal(await systemd.property('StatusText'), `serving ${url}/`);
    const pid = Number(await systemd.property('MainPID'));
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    for (const line of [/^NoNewPrivs:\s*1$/m, /^Seccomp:\s*2$/m, /^Uid:\s*[1-9]\d*/m]) assert.match(status, line);
    await showsAll(url, 'app', served);

    assert.equal((await systemd.systemctl('reload', 'pooldrift.service')).code, 0);
    await until('reloaded', async () => (await systemd.property('StatusText')) === 'configuration reloaded');
    assert.equal(await systemd.property('ActiveState'), 'active');
    assert.match(written(), /CAP_SYS_ADMIN is missing; lost/);
    assert.doesNotMatch(written(), /level=error|state folder|service manager/);

    process.kill(pid, 'SIGSTOP'); // no beat any more
    await until('started anew', async () => (await systemd.property('NRestarts')) === '1', 5 * WATCHDOG_SECONDS);
    await until('it answers again', ready, 60);
    assert.equal((await systemd.systemctl('stop', 'pooldrift.service')).code, 0);
    const end = await Promise.all(['Result', 'ExecMainStatus', 'ActiveState'].map((name) => systemd.property(name)));
    assert.deepEqual(end, ['success', '0', 'inactive'], written());
  });
});
