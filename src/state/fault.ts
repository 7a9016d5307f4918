import type { Stats } from 'node:fs';

/** What a system call's error says, for a person. */
const WORDS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EROFS: 'it is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'it is no directory',
  EEXIST: 'it is no directory',
  ELOOP: 'a symbolic link',
  ENOENT: 'it has gone',
  EIO: 'input/output error',
  ENOLCK: 'its file system has no locks',
  EOPNOTSUPP: 'its file system has no locks',
};

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

export function reasonOf(error: unknown): string {
  return WORDS[codeOf(error)] ?? (error as Error).message;
}

/** Why what others could have written is not to be believed, or null. Root and the daemon's own user are trusted. */
export function untrusted({ uid, gid, mode }: Stats): string | null {
  if (!ownerTrusted(uid)) return `user ${uid} owns it`;
  if (mode & 0o002 || (mode & 0o020 && gid !== 0)) return `others can write it (mode ${(mode & 0o7777).toString(8)})`;
  return null;
}

export function ownerTrusted(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.();
}
