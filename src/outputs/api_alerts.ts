import type { AlertingReading } from '../metrics/alerting.ts';
import type { Reading } from '../metrics/reading.ts';
import type { Label } from '../rules/labels.ts';
import type { Alert } from '../rules/run/alerts.ts';

/** GET /api/v1/alerts. Times are RFC 3339, UTC. */
export type ApiAlerts = {
  at: string;
  /** Null before the first evaluation. */
  evaluatedAt: string | null;
  rules: number;
  /** Those that fire first, then by their labels. */
  alerts: ApiAlert[];
};

export type ApiAlert = {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  state: 'pending' | 'firing';
  activeAt: string;
  firedAt: string | null;
  /** As text: JSON has no NaN and no infinity. */
  value: string;
};

export function apiAlerts({ atMs, alerting }: Pick<Reading, 'atMs' | 'alerting'>): ApiAlerts {
  const { evaluatedMs = null, rules = 0 } = alerting ?? {};
  const evaluatedAt = evaluatedMs === null ? null : rfc3339(evaluatedMs);
  return { at: rfc3339(atMs), evaluatedAt, rules, alerts: active(alerting) };
}

function active(alerting: AlertingReading | undefined): ApiAlert[] {
  const alerts = (alerting?.alerts ?? []).filter(({ phase }) => phase !== 'resolved');
  const order = ({ phase, labels }: Alert) => `${phase} ${labels.text}`; // firing comes before pending
  return alerts.sort((a, b) => (order(a) < order(b) ? -1 : 1)).map(apiAlert);
}

function apiAlert({ labels, annotations, phase, activeAtMs, firedAtMs, value }: Alert): ApiAlert {
  return {
    labels: mapping(labels.pairs),
    annotations: mapping(annotations),
    state: phase === 'firing' ? 'firing' : 'pending',
    activeAt: rfc3339(activeAtMs),
    firedAt: firedAtMs === null ? null : rfc3339(firedAtMs),
    value: String(value),
  };
}

function mapping(pairs: readonly Label[]): Record<string, string> {
  return Object.fromEntries(pairs);
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}
