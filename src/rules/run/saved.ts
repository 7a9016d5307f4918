import { z } from 'zod';
import { Labels } from '../labels.ts';
import type { Alert } from './alerts.ts';
import { type GroupRun, identity } from './group.ts';

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
export function restoreAlerts(runs: readonly GroupRun[], value: unknown): boolean {
  const saved = SAVED.safeParse(value).data;
  if (!saved) return false;
  for (const run of runs) {
    const group = saved.groups.find(({ file, name }) => file === run.group.file && name === run.group.name);
    run.restore(new Map(group?.rules.map((rule) => [rule.identity, rule.alerts.map(unpacked)])));
  }
  return true;
}

function packed(alert: Alert): z.infer<typeof SAVED_ALERT> {
  const copy = (list: readonly (readonly [string, string])[]) => list.map(([a, b]): [string, string] => [a, b]);
  return {
    ...alert,
    labels: copy(alert.labels.pairs),
    annotations: copy(alert.annotations),
    value: String(alert.value),
  };
}

function unpacked(saved: z.infer<typeof SAVED_ALERT>): Alert {
  return { ...saved, labels: Labels.of(saved.labels), value: Number(saved.value) };
}
