import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { printable } from '../decode/printable.ts';
import { Procfs } from '../pools/procfs.ts';
import { commandOf } from '../windows/thief_reader.ts';

const LISTEN = '0A';

/** Who listens on a TCP port of this network namespace, as `nginx (pid 42)`; null where it cannot be found out. */
export function portOwner(port: number): string | null {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listeningInodes(read(file), port)));
  if (inodes.size === 0) return null;
  for (const pid of names('/proc').filter((name) => /^\d+$/.test(name)))
    if (names(`/proc/${pid}/fd`).some((fd) => holds(`/proc/${pid}/fd/${fd}`, inodes)))
      return `${printable(commandOf(new Procfs(), Number(pid)) ?? '?')} (pid ${pid})`;
  return null;
}

/** Socket inodes of a /proc/net/tcp table (proc_net_tcp.txt) that listen on a port. */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    return fields[1]?.endsWith(suffix) && fields[3] === LISTEN ? [fields[9]!] : [];
  });
}

function holds(path: string, inodes: ReadonlySet<string>): boolean {
  try {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(path)) ?? [];
    return inode !== undefined && inodes.has(inode);
  } catch {
    return false;
  }
}

function names(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
