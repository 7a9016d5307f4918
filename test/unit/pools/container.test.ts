import assert from 'node:assert/strict';
import { containerOf } from '../../../src/pools/container.ts';
import { parseCgroups } from '../../../src/pools/procfs.ts';

const ID = '4c01db0b339c8d6b3f6b1f7c7a8bfa1f1d3f6a5b4c3d2e1f0a9b8c7d6e5f4a3b';
const POD = '0fd29ad2-9f1a-4b1e-8a3c-0123456789ab';
const SYSTEMD_POD = POD.replaceAll('-', '_');

describe('container of a cgroup path', () => {
  const cases: [string, string, string, string][] = [
    ['docker, systemd driver', `0::/system.slice/docker-${ID}.scope`, ID, ''],
    ['docker, cgroupfs driver, v1', `4:cpu,cpuacct:/docker/${ID}`, ID, ''],
    ['podman', `0::/machine.slice/libpod-${ID}.scope/container`, ID, ''],
    ['podman conmon is no container', `0::/machine.slice/libpod-conmon-${ID}.scope`, '', ''],
    [
      'containerd, systemd driver',
      `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${SYSTEMD_POD}.slice/cri-containerd-${ID}.scope`,
      ID,
      POD,
    ],
    ['cri-o, guaranteed', `0::/kubepods.slice/kubepods-pod${SYSTEMD_POD}.slice/crio-${ID}.scope`, ID, POD],
    ['containerd, cgroupfs driver, v1', `3:cpuset:/kubepods/besteffort/pod${POD}/${ID}`, ID, POD],
    [
      'containerd under a systemd unit',
      `0::/system.slice/containerd.service/kubepods-pod${SYSTEMD_POD}.slice:cri-containerd:${ID}`,
      ID,
      POD,
    ],
    ['a static pod', `0::/kubepods/pod${'ab'.repeat(16)}/${ID}`, ID, 'ab'.repeat(16)],
    ['a service', '0::/system.slice/nginx.service', '', ''],
    ['something like an id, but shorter', `0::/docker/${ID.slice(1)}`, '', ''],
  ];
  for (const [what, text, id, pod] of cases)
    it(what, () => {
      assert.deepEqual(containerOf(parseCgroups(text)), { container: id.slice(0, 12), pod, namespace: '' });
    });
});
