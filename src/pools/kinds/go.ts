import type { CpuLimits } from '../cpulimit.ts';
import { type GoBuild, parseGodebug } from '../gobuild.ts';
import type { ProcessView } from '../view.ts';
import { cpuUser, type KindRules, type Sized, sum, unknown } from './kind.ts';

export const go: KindRules = {
  kind: 'go',
  recognise: (top) => top.goBuild !== null,
  size: (members, limits) => sum(members.filter((m) => m.goBuild !== null).map((m) => sizeOf(m, m.goBuild!, limits))),
};

const AUTOMAXPROCS = 'go.uber.org/automaxprocs';

/**
 * GOMAXPROCS as the runtime sets it at the start (Go's src/runtime/proc.go, schedinit; cgroup_linux.go,
 * defaultGOMAXPROCS). A later call of runtime.GOMAXPROCS leaves no trace outside the process.
 */
function sizeOf(view: ProcessView, build: GoBuild, limits: CpuLimits): Sized {
  if (!view.environReadable) return unknown('its environment may not be read: GOMAXPROCS may be set there');
  const text = view.environ.get('GOMAXPROCS');
  const asked = parseGomaxprocs(text);
  if (asked !== null) return { size: asked, source: 'environment', reason: `GOMAXPROCS=${asked} in its environment` };
  const cpus = limits.affinity(cpuUser(view));
  if (cpus === 0) return { size: null, source: 'unknown', reason: 'its CPU affinity cannot be read' };
  const quota = limits.leafQuota(view.cgroups);
  const version = build.version || 'Go of unknown version';
  if (containerAware(build, view.environ.get('GODEBUG'))) return byQuota(version, cpus, quota);
  if (build.modules.has(AUTOMAXPROCS) && text === undefined && quota !== Number.POSITIVE_INFINITY) {
    const size = Math.max(1, Math.floor(quota));
    return { size, source: 'runtime', reason: `automaxprocs rounds its cgroup's quota of ${cpusText(quota)} down` };
  }
  return { size: cpus, source: 'runtime', reason: `${version} takes its CPU affinity, and no quota into account` };
}

/** strconv.ParseInt(s, 10, 32) above 0; anything else means the default. */
export function parseGomaxprocs(text: string | undefined): number | null {
  const value = text !== undefined && /^\+?\d+$/.test(text) ? Number(text) : 0;
  return value > 0 && value < 2 ** 31 ? value : null;
}

/** containermaxprocs is 1 from 1.25 on, unless the main module's language version or a setting turns it off. */
export function containerAware(build: GoBuild, environment: string | undefined): boolean {
  const minor = /^go1\.(\d+)|^devel go1\.(\d+)/.exec(build.version);
  if (!minor || Number(minor[1] ?? minor[2]) < 25) return false;
  const set = [parseGodebug(environment ?? ''), build.godebug]
    .map((settings) => settings.get('containermaxprocs'))
    .find((value) => value !== undefined && /^-?\d+$/.test(value));
  return set === undefined || Number(set) > 0;
}

/** The process's own cgroup only: the runtime does not look at its ancestors. */
function byQuota(version: string, cpus: number, quota: number): Sized {
  const rounded = Math.max(2, Math.ceil(quota));
  if (rounded >= cpus) return { size: cpus, source: 'runtime', reason: `${version} takes its CPU affinity` };
  const reason = `${version} rounds its cgroup's quota of ${cpusText(quota)} up, to 2 at least`;
  return { size: rounded, source: 'runtime', reason };
}

function cpusText(quota: number): string {
  return `${Number(quota.toFixed(2))} CPUs`;
}
