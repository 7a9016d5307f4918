import { Labels } from '../../../../src/rules/labels.ts';
import type { Alert } from '../../../../src/rules/run/alerts.ts';

/** A firing alert, with what is given. */
export function alert(name: string, given: Partial<Alert> = {}): Alert {
  return {
    labels: Labels.of({ alertname: name, pool: 'checkout' }),
    annotations: [['summary', 'P99 drifts']],
    value: 1,
    phase: 'firing',
    activeAtMs: 1000,
    firedAtMs: 2000,
    resolvedAtMs: null,
    keptSinceMs: null,
    ...given,
  };
}
