/** One line of /proc/PID/cgroup; see cgroups(7). Version 2 has no controllers. */
export type CgroupLine = { controllers: readonly string[]; path: string };

/** A mounted cgroup hierarchy; version 2 has no controllers here. `root`: which of its cgroups is at the mount point. */
export type CgroupMount = { controllers: readonly string[]; version2: boolean; root: string; point: string };

export function parseCgroups(text: string): CgroupLine[] {
  return text.split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return path === undefined ? [] : [{ controllers: controllers ? controllers.split(',') : [], path }];
  });
}

/**
 * "31 23 0:28 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu": proc(5). Of several on one mount point the last
 * is what is seen there.
 */
export function parseMounts(mountinfo: string): CgroupMount[] {
  const mounts = mountinfo.split('\n').flatMap((line): CgroupMount[] => {
    const [left, right] = line.split(' - ');
    const [kind, , options] = right?.split(' ') ?? [];
    const [, , , root, point] = left!.split(' ').map(unescapePath);
    if ((kind !== 'cgroup' && kind !== 'cgroup2') || !root || !point) return [];
    const version2 = kind === 'cgroup2';
    return [{ controllers: version2 ? [] : (options ?? '').split(','), version2, root, point }];
  });
  return mounts.filter((mount, i) => !mounts.slice(i + 1).some(({ point }) => point === mount.point));
}

function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
