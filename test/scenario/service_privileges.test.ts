import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { unitCapabilities } from '../lib/deploy.ts';
import { Daemon, until } from './daemon.ts';
import { asService, otherUsersServer, showsAll, stateFlag } from './service_scene.ts';

const UNIT = 'systemd/pooldrift.service';
const OVERHEAD = 'systemd/overhead.conf';
const config = (port: number) => `pools: [{ name: app, match: { listen: ${port} } }]`;

describe('the capabilities of the systemd unit', function () {
  this.timeout(120_000);

  for (const [what, files] of [
    ['the unit', [UNIT]],
    ['the unit with overhead.conf', [UNIT, OVERHEAD]],
  ] as const) {
    it(`${what}: enough for everything, and no more are held`, async () => {
      const capabilities = unitCapabilities(...files);
      const { port } = await otherUsersServer();
      const daemon = await Daemon.start({ config: config(port), flags: [stateFlag()], wrap: asService(capabilities) });
      const held = /^CapEff:\s*(\w+)$/m.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))![1]!;
      assert.equal(BigInt(`0x${held}`).toString(2).replaceAll('0', '').length, capabilities.length);
      await showsAll(daemon.url, 'app', port);
      daemon.child.kill('SIGHUP');
      await daemon.says('configuration reloaded');
      await showsAll(daemon.url, 'app', port);
      const missing = daemon.log.split('\n').filter((line) => line.includes('is missing'));
      const lost = files.length === 1 ? [/CAP_SYS_ADMIN is missing; lost: the own overhead/] : [];
      assert.equal(missing.length, lost.length, daemon.log);
      for (const [i, pattern] of lost.entries()) assert.match(missing[i]!, pattern);
      assert.doesNotMatch(daemon.log, /level=error|state folder/);
      assert.equal(await daemon.stop(), 0);
    });
  }

  for (const taken of unitCapabilities(UNIT)) {
    const name = `CAP_${taken.toUpperCase()}`;
    it(`without ${name} it says so`, async () => {
      const wrap = asService(unitCapabilities(UNIT).filter((each) => each !== taken));
      const daemon = await Daemon.spawn({
        config: 'discover: false',
        flags: ['--config.file=/dev/null', stateFlag()],
        wrap,
      });
      if (taken === 'bpf' || taken === 'perfmon') {
        assert.equal(await daemon.ends(), 1);
        assert.match(
          daemon.log,
          new RegExp(`^pooldrift: cannot run: ${name} is missing \\(running as uid \\d+\\)$`, 'm'),
        );
        return;
      }
      await daemon.says(new RegExp(`level=warn .*${name} is missing; lost: \\w+`));
      await until('it runs all the same', () => daemon.isReady());
      assert.equal(await daemon.stop(), 0);
    });
  }
});
