import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { cpuCgroup, noQuota } from '../lib/cgroup.ts';
import { daemonSet } from '../lib/deploy.ts';
import { skip } from '../lib/skip.ts';
import { Daemon, folder } from './daemon.ts';
import { otherUsersServer, showsAll, value } from './service_scene.ts';

const PERIOD_US = 100_000;
const UNLIMITED = { quotaUs: -1, periodUs: PERIOD_US };

/**
 * In front of the daemon: what a container runtime makes of the DaemonSet. A cgroup and a cgroup namespace of its own, a
 * root and a /sys that are read-only, a writable state folder and cache, root with the capabilities that are added.
 */
function asPod(cgroup: string, stateFolder: string): string[] {
  const { hostPID } = daemonSet().pod;
  const { add } = daemonSet().container.securityContext!.capabilities!;
  assert.ok(hostPID);
  const inside = [
    `mount --bind ${stateFolder} ${stateFolder}`,
    'mount -t tmpfs tmpfs /var/cache',
    'for at in /sys /; do mount -o remount,bind,ro $at; done',
    `exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all,${add!.map((name) => `+${name.toLowerCase()}`)} "$@"`,
  ];
  const spaces = 'unshare --mount --ipc --uts --cgroup --propagation private';
  return ['sh', '-ec', `echo $$ >${cgroup}/cgroup.procs; exec ${spaces} sh -ec '${inside.join('\n')}' sh "$@"`, 'sh'];
}

describe('as the pod of the DaemonSet', function () {
  this.timeout(120_000);

  it('shows all of the node, and names cgroups and quotas outside its own cgroup namespace', async function () {
    skip(this, noQuota());
    const [own, other] = [cpuCgroup('pod', UNLIMITED), cpuCgroup('app', { quotaUs: 50_000, periodUs: PERIOD_US })];
    const { port, pid } = await otherUsersServer();
    other.add(pid);
    const state = folder();
    const daemon = await Daemon.start({
      config: `pools: [{ name: app, match: { cgroup: /${basename(other.folder)} } }]`,
      flags: [`--state.dir=${state}`],
      wrap: asPod(own.folder, state),
    });
    const told = readFileSync(`/proc/${daemon.pid}/mountinfo`, 'utf8');
    assert.match(told, / \/ \/ ro,/, 'its root is read-only');
    await showsAll(daemon.url, 'app', port);
    assert.equal(value(await daemon.metrics(), 'pooldrift_pool_cpu_limit{pool="app"}'), 0.5);
    assert.match(daemon.log, /CAP_SYS_ADMIN is missing; lost/);
    assert.doesNotMatch(daemon.log, /level=error|state folder|no process matches/);
    assert.equal(await daemon.stop(), 0);
  });
});
