import { z } from 'zod';
import { Labels } from '../labels.ts';
import type { Alert } from './alerts.ts';
import { type Absence, type GroupRun, identity } from './group.ts';

/** Raised when the meaning of what is saved changes. */
const FORMAT = 1;
const ALERTS_MAX = 100_000;

const time = z.number().int();
const pairs = z.array(z.tuple([z.string(), z.string()])).max(1000);
const SAVED_ALERT = z.object({
  labels: pairs,
  annotations: pairs,
  /** As text: JSON has no NaN and no infinity. */
  value: z.string(),
  phase: z.enum(['pending', 'firing', 'resolved']),
  activeAtMs: time,
  firedAtMs: time.nullable(),
  resolvedAtMs: time.nullable(),
  keptSinceMs: time.nullable(),
});
const SAVED = z.object({
  format: z.literal(FORMAT),
  groups: z.array(
    z.object({
      file: z.string(),
      name: z.string(),
      rules: z.array(z.object({ identity: z.string(), alerts: z.array(SAVED_ALERT).max(ALERTS_MAX) })),
    }),
  ),
});

type SavedAlert = z.infer<typeof SAVED_ALERT>;
type SavedAlerts = z.infer<typeof SAVED>;

/** All alerts of all groups, as JSON can hold them. */
export function saveAlerts(runs: readonly GroupRun[]): SavedAlerts {
  const groups = runs.map((run) => ({
    file: run.group.file,
    name: run.group.name,
    rules: run.alerts().map(({ rule, alerts }) => ({ identity: identity(rule), alerts: alerts.map(packed) })),
  }));
  return { format: FORMAT, groups };
}

/** Gives each group the alerts that it had. False where what is saved is damaged or of another format. */
export function restoreAlerts(runs: readonly GroupRun[], value: unknown, absence: Absence | null = null): boolean {
  const saved = SAVED.safeParse(value).data;
  if (!saved) return false;
  for (const run of runs) {
    const group = saved.groups.find(({ file, name }) => file === run.group.file && name === run.group.name);
    const back = (alert: SavedAlert) => waited(unpacked(alert), absence?.awayMs ?? 0);
    run.restore(new Map(group?.rules.map((rule) => [rule.identity, rule.alerts.map(back)])), absence);
  }
  return true;
}

/** Its waits were interrupted for so long. */
function waited(alert: Alert, awayMs: number): Alert {
  const { phase, activeAtMs, keptSinceMs } = alert;
  const activeMs = phase === 'pending' ? activeAtMs + awayMs : activeAtMs;
  return { ...alert, activeAtMs: activeMs, keptSinceMs: keptSinceMs === null ? null : keptSinceMs + awayMs };
}

function packed(alert: Alert): SavedAlert {
  const copy = (list: readonly (readonly [string, string])[]) => list.map(([a, b]): [string, string] => [a, b]);
  return {
    ...alert,
    labels: copy(alert.labels.pairs),
    annotations: copy(alert.annotations),
    value: String(alert.value),
  };
}

function unpacked(saved: SavedAlert): Alert {
  return { ...saved, labels: Labels.of(saved.labels), value: Number(saved.value) };
}
