import type { JudgedPool } from '../attribution/judged.ts';
import type { ProgramStats, RingStats, Sheddable } from '../probes/types.ts';
import type { AlertingReading, ReloadReading } from './alerting.ts';
import type { NotificationCounters } from './notifications.ts';

/** Everything that the outputs show, at one moment. Plain values: a test, or a replay, can make one. */
export type Reading = {
  /** Wall clock, milliseconds since the epoch. */
  atMs: number;
  build: { version: string; revision: string; nodeVersion: string; kernel: string };
  host: { name: string; cpus: number };
  pools: readonly JudgedPool[];
  rings: readonly RingStats[];
  programs: readonly ProgramStats[];
  memory: readonly { object: string; bytes: number }[];
  /** Share of the host's CPU time; null: not yet measured. */
  overheadRatio: number | null;
  /** Work given up for `limits.overhead`. */
  shed: readonly Sheddable[];
  /** Workers that found no slot (limits.workers), since the start. */
  workersRefused: number;
  /** Pools that found no place (limits.pools), since the start. */
  poolsRefused: number;
  /** Thieves that got no series of their own (limits.thieves), since the start. */
  thievesDropped: number;
  /** Absent: there are no rules, as in a test. */
  alerting?: AlertingReading | undefined;
  reload?: ReloadReading;
  /** Absent: no Alertmanager is configured. */
  notifications?: NotificationCounters | undefined;
};
