import { setTimeout as sleep } from 'node:timers/promises';
import type { AlertmanagerConfig } from '../../src/config/config.ts';
import { AlertmanagerSender, type SenderOptions } from '../../src/outputs/alertmanager.ts';
import { Labels } from '../../src/rules/labels.ts';
import type { Alert } from '../../src/rules/run/alerts.ts';
import { defer } from '../lib/cleanup.ts';

const SILENT = { info: () => {}, warn: () => {} };

/** How to reach an Alertmanager, with what is given. */
export function at(url: string, given: Partial<AlertmanagerConfig> = {}): AlertmanagerConfig {
  return { url, timeoutSeconds: 2, basicAuth: null, bearerTokenFile: null, tls: null, ...given };
}

/** A sender with a resend delay of a second; closed after the test. */
export function sender(alertmanagers: AlertmanagerConfig[], given: Partial<SenderOptions> = {}): AlertmanagerSender {
  const timing = { resendDelayMs: 1000, intervalMs: 1000 };
  const made = new AlertmanagerSender({ alertmanagers, externalLabels: {}, log: SILENT, ...timing, ...given });
  defer(() => made.close());
  return made;
}

/** An alert that began to fire ten seconds ago. */
export function firing(name: string, labels: Record<string, string> = {}): Alert {
  const firedAtMs = Date.now() - 10_000;
  return {
    labels: Labels.of({ ...labels, alertname: name }),
    annotations: [['summary', `${name} says so`]],
    value: 1,
    phase: 'firing',
    activeAtMs: firedAtMs - 5000,
    firedAtMs,
    resolvedAtMs: null,
    keptSinceMs: null,
  };
}

export function resolved(alert: Alert): Alert {
  return { ...alert, phase: 'resolved', resolvedAtMs: Date.now() };
}

/** Waits until it holds. */
export async function until(holds: () => boolean | Promise<boolean>, seconds = 20): Promise<void> {
  const endMs = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not within ${seconds} s: ${holds}`);
    await sleep(20);
  }
}
