import { accessSync, constants, fstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Who may own a file that decides what root does: root, and the person who called sudo. */
export function trustedOwners(env: NodeJS.ProcessEnv): number[] {
  const caller = Number(env.SUDO_UID);
  return Number.isInteger(caller) ? [0, caller] : [0];
}

/**
 * As root: why an open file must not be believed, or null. Others must be able neither to write it nor, by the
 * directory it is in, to put another in its place; a directory with the sticky bit and a read-only mount
 * (a Kubernetes ConfigMap) are safe. As any other user: null, since nobody gains anything.
 */
export function unsafe(fd: number, file: string, uid: number, owners: readonly number[]): string | null {
  if (uid !== 0) return null;
  const real = realpathSync(file);
  const problem = writable(fstatSync(fd), owners);
  if (problem && !readOnlyMount(real)) return `${problem} and root would act on it: chmod go-w, chown root`;
  for (const directory of new Set([dirname(file), dirname(real)])) {
    const stats = statSync(directory);
    const sticky = (stats.mode & 0o1000) !== 0;
    const around = sticky ? null : writable(stats, owners);
    if (around && !readOnlyMount(directory)) return `its directory ${directory}: ${around} and could replace it`;
  }
  return null;
}

function writable(stats: Stats, owners: readonly number[]): string | null {
  if (stats.mode & 0o002) return `everybody can write it (mode ${octal(stats.mode)})`;
  if (stats.mode & 0o020 && stats.gid !== 0) return `group ${stats.gid} can write it (mode ${octal(stats.mode)})`;
  return owners.includes(stats.uid) ? null : `user ${stats.uid} owns it`;
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

/** Root is refused writing only where the mount is read-only. */
function readOnlyMount(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
  }
}
