import type { CgroupLine } from './procfs.ts';

export type Container = { container: string; pod: string; namespace: string };

/** Runtimes that systemd's cgroup driver puts before the id: docker-ID.scope, cri-containerd-ID.scope. */
const SCOPED = /^(?:docker|cri-containerd|crio|libpod|containerd|nerdctl)-([0-9a-f]{64})(?:\.scope)?$/;
const BARE = /^[0-9a-f]{64}$/;
/** kubepods-burstable-pod1234_5678.slice (systemd driver), pod1234-5678 (cgroupfs driver). */
const POD =
  /^(?:kubepods(?:-besteffort|-burstable)?-)?pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;

/**
 * What a cgroup path tells of the container: its id, short as `docker ps` shows it, and its pod's uid.
 * The namespace is in no path; it stays empty.
 */
export function containerOf(lines: readonly CgroupLine[]): Container {
  const found = { container: '', pod: '', namespace: '' };
  for (const part of lines.flatMap((line) => line.path.split(/[/:]/))) {
    const id = SCOPED.exec(part)?.[1] ?? (BARE.test(part) ? part : undefined);
    if (id) found.container = id.slice(0, 12);
    const pod = POD.exec(part)?.[1];
    if (pod) found.pod = pod.replaceAll('_', '-');
  }
  return found;
}
