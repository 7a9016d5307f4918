import type { Exe, Pool, SizeSource } from './pool.ts';

/** What a baseline belongs to, as plain JSON: a pool that is another one begins a fresh baseline. */
export type Identity = {
  /** null: not known. */
  exe: Exe | null;
  /** Workers that somebody configured; null: not known, or only counted. */
  size: number | null;
  /** Ascending. */
  ports: readonly number[];
};

/** Where a size is what somebody chose, and not how many workers there happen to be. */
const CHOSEN: ReadonlySet<SizeSource> = new Set(['fixed', 'environment', 'runtime', 'cgroup', 'metric']);

export function identityOf({ exe, kind, size, sizeSource, ports }: Pool): Identity {
  // nginx starts as many processes as it is told to; PostgreSQL one a connection
  const chosen = CHOSEN.has(sizeSource) || (sizeSource === 'processes' && kind === 'nginx');
  return { exe, size: chosen ? size : null, ports };
}

/** null: the same, as far as both are known. Else a phrase for the log. */
export function sameIdentity(now: Identity, before: Identity): string | null {
  return otherExe(now.exe, before.exe) ?? otherSize(now.size, before.size) ?? otherPorts(now.ports, before.ports);
}

function otherExe(now: Exe | null, before: Exe | null): string | null {
  if (now === null || before === null) return null;
  if (now.path !== before.path) return `another executable (${now.path}, it was ${before.path})`;
  if (now.build !== before.build) return `another build of ${now.path}`;
  const known = now.script !== '' && before.script !== '';
  return known && now.script !== before.script ? `another program (${now.script}, it was ${before.script})` : null;
}

function otherSize(now: number | null, before: number | null): string | null {
  return now === null || before === null || now === before ? null : `another size (${now}, it was ${before})`;
}

/** A port more or less is the same server; none in common is another. */
function otherPorts(now: readonly number[], before: readonly number[]): string | null {
  if (now.length === 0 || before.length === 0 || now.some((port) => before.includes(port))) return null;
  return `other ports (${now.slice(0, 3).join(', ')}, it was ${before.slice(0, 3).join(', ')})`;
}
