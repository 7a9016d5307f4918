import { readFileSync } from 'node:fs';
import type { MatchConfig } from '../config/config.ts';
import type { Listening } from './listening.ts';
import type { ProcessView } from './view.ts';

/** One pool's conditions, compiled. */
export type Rule = {
  /** `member`: it is in this pool now. Who has served a port stays, though it has closed it (a graceful stop). */
  test(view: ProcessView, listening: Listening, member: boolean): boolean;
  /** A child forked without exec matches as its parent did. */
  children: boolean;
  /** Only who listens, or descends from who does, can match: nothing else needs to be looked at. */
  listenOnly: boolean;
  /** Rests on what changes without a kernel event: user, command line. */
  drifts: boolean;
  port: number | null;
};

/** A login name's uid; null where the host knows none. */
export type UidOf = (name: string) => number | null;

export function compileMatch(match: MatchConfig, uidOf: UidOf): Rule {
  const tests = conditions(match, uidOf);
  const { listen } = match;
  return {
    test: (view, listening, member) =>
      tests.every((test) => test(view)) &&
      (listen === undefined || member || listening.serves(view, listening.holders(listen))),
    children: match.pid === undefined,
    listenOnly: tests.length === 0,
    drifts: match.user !== undefined || match.cmdline !== undefined,
    port: listen ?? null,
  };
}

/** The cheap ones first: each further one is another read of /proc. */
function conditions(match: MatchConfig, uidOf: UidOf): ((view: ProcessView) => boolean)[] {
  const { pid, comm, exe, cgroup, unit, cmdline, user } = match;
  const uid = typeof user === 'string' ? uidOf(user) : user;
  return [
    pid !== undefined && ((view: ProcessView) => view.pid === pid),
    comm && ((view: ProcessView) => comm.test(view.comm)),
    exe && ((view: ProcessView) => exe.test(view.exe)),
    cgroup &&
      ((view: ProcessView) => cgroup.test(view.cgroupPath) || view.cgroups.some(({ path }) => cgroup.test(path))),
    unit !== undefined && ((view: ProcessView) => view.unit === unit),
    cmdline && ((view: ProcessView) => cmdline.test(view.title)),
    user !== undefined && ((view: ProcessView) => uid !== null && view.status?.uid === uid),
  ].filter((test) => typeof test === 'function');
}

/** The host's own users; none where it has no such file (a bare container image). */
export function localUids(file = '/etc/passwd'): UidOf {
  try {
    return uidsFrom(readFileSync(file, 'utf8'));
  } catch {
    return () => null;
  }
}

/** Reads passwd(5); directory services are not asked: give the uid there. */
export function uidsFrom(passwd: string): UidOf {
  const uids = new Map(passwd.split('\n').map((line) => [line.split(':')[0], Number(line.split(':')[2])]));
  return (name) => uids.get(name) ?? null;
}
