import type { Alert } from '../rules/run/alerts.ts';
import { ALERT_NAME } from '../rules/run/alerts.ts';
import type { StoreLosses } from '../rules/store/store.ts';
import { labelString } from './encode.ts';
import type { Put } from './histogram.ts';
import type { Metric } from './metric.ts';

/** The rules and their alerts at one moment. Totals since the start. */
export type AlertingReading = {
  /** Pending, firing, and those resolved a while ago. */
  alerts: readonly Alert[];
  /** Unix milliseconds; null: not evaluated yet. */
  evaluatedMs: number | null;
  rules: number;
  evaluations: number;
  failures: number;
  /** The last evaluation of all rules that were due; null before the first. */
  lastSeconds: number | null;
  samplesTaken: number;
  series: number;
  storeBytes: number;
  storeBytesMax: number;
  losses: StoreLosses;
  textsCut: number;
};

/** The last reload, or the start. */
export type ReloadReading = { successful: boolean; succeededMs: number };

/** Beyond, the severity is `other`. */
const SEVERITIES_MAX = 10;
const SEVERITY = 'severity';

/** Names after Prometheus's own. */
export const ALERTING = {
  alerts: {
    name: 'pooldrift_alerts',
    type: 'gauge',
    unit: '',
    help: 'Alerts by name, severity and state (pending, firing).',
    labels: { alertname: 'alert rules', severity: `${SEVERITIES_MAX}, and other`, state: '2' },
  },
  rules: {
    name: 'pooldrift_rules',
    type: 'gauge',
    unit: '',
    help: 'Rules that are loaded, the built-in ones among them.',
    labels: {},
  },
  ruleEvaluations: {
    name: 'pooldrift_rule_evaluations_total',
    type: 'counter',
    unit: '',
    help: 'Evaluations of one rule.',
    labels: {},
  },
  ruleFailures: {
    name: 'pooldrift_rule_evaluation_failures_total',
    type: 'counter',
    unit: '',
    help: 'Evaluations of one rule that failed; the log says which and why.',
    labels: {},
  },
  ruleLast: {
    name: 'pooldrift_rule_last_evaluation_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Time that the last evaluation of all rules that were due took.',
    labels: {},
  },
  ruleSamples: {
    name: 'pooldrift_rule_samples_total',
    type: 'counter',
    unit: '',
    help: 'Samples taken for the rules: of the daemon itself and of the scrapes of pools.',
    labels: {},
  },
  ruleSeries: {
    name: 'pooldrift_rule_series',
    type: 'gauge',
    unit: '',
    help: 'Series that are kept for the rules.',
    labels: {},
  },
  ruleMemory: {
    name: 'pooldrift_rule_memory_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory of those series.',
    labels: {},
  },
  ruleMemoryLimit: {
    name: 'pooldrift_rule_memory_limit_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory that they may take; then new series are refused, and of those that are there the oldest samples go.',
    labels: {},
  },
  ruleLost: {
    name: 'pooldrift_rule_samples_lost_total',
    type: 'counter',
    unit: '',
    help: 'Samples that the rules did not get or lost early: of new series over a limit, the oldest for want of memory, those no newer than the last one.',
    labels: { reason: '3' },
  },
  ruleTextsCut: {
    name: 'pooldrift_rule_texts_cut_total',
    type: 'counter',
    unit: '',
    help: 'Labels and annotations, of samples and alerts, that were cut at 4 KiB.',
    labels: {},
  },
  reloadSuccessful: {
    name: 'pooldrift_config_last_reload_successful',
    type: 'gauge',
    unit: '',
    help: 'Whether the last attempt to read the configuration and the rule files succeeded.',
    labels: {},
  },
  reloadTime: {
    name: 'pooldrift_config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When it last succeeded, Unix time.',
    labels: {},
  },
} as const satisfies Record<string, Metric>;

export function putAlerting(put: Put, reading: AlertingReading): void {
  for (const [labels, count] of counted(reading.alerts)) put('alerts', count, labels);
  put('rules', reading.rules);
  put('ruleEvaluations', reading.evaluations);
  put('ruleFailures', reading.failures);
  put('ruleLast', reading.lastSeconds);
  put('ruleSamples', reading.samplesTaken);
  put('ruleSeries', reading.series);
  put('ruleMemory', reading.storeBytes);
  put('ruleMemoryLimit', reading.storeBytesMax);
  const { seriesRefused, samplesDropped, samplesOutOfOrder } = reading.losses;
  put('ruleLost', seriesRefused, 'reason="series"');
  put('ruleLost', samplesDropped, 'reason="memory"');
  put('ruleLost', samplesOutOfOrder, 'reason="order"');
  put('ruleTextsCut', reading.textsCut);
}

export function putReload(put: Put, { successful, succeededMs }: ReloadReading): void {
  put('reloadSuccessful', Number(successful));
  put('reloadTime', succeededMs / 1000);
}

/** By the text of their labels; what is resolved is no more. */
function counted(alerts: readonly Alert[]): Map<string, number> {
  const counts = new Map<string, number>();
  const severities = new Set<string>();
  for (const { labels, phase } of alerts) {
    if (phase === 'resolved') continue;
    let severity = labels.get(SEVERITY);
    if (severities.size >= SEVERITIES_MAX && !severities.has(severity)) severity = 'other';
    else severities.add(severity);
    const text = labelString({ alertname: labels.get(ALERT_NAME), severity, state: phase });
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}
