import { labelString } from './encode.ts';
import type { Put } from './histogram.ts';
import type { Metric } from './metric.ts';

/** Alerts, since the start, on their way to one Alertmanager. */
export type InstanceCounters = {
  /** Its URL, without credentials and query. */
  alertmanager: string;
  sent: number;
  /** In requests that failed; an alert that is tried twice counts twice. */
  errors: number;
  /** Given up: the queue was full, or the Alertmanager refused them. */
  droppedFull: number;
  droppedRefused: number;
  queueLength: number;
  queueCapacity: number;
  requests: number;
  requestSeconds: number;
  /** Why the last request failed; null: it did not. */
  fault: string | null;
};

export type NotificationCounters = {
  instances: readonly InstanceCounters[];
  /** Alerts that no Alertmanager would take, and that were offered to none. */
  invalid: number;
  /** Values of labels and annotations that were too long. */
  textsCut: number;
};

const TO = { alertmanager: 'alerting.alertmanagers' } as const;

/** Sending to Alertmanager, under names after Prometheus's own. Absent where none is configured. */
export const NOTIFICATIONS = {
  notificationsSent: {
    name: 'pooldrift_notifications_sent_total',
    type: 'counter',
    unit: '',
    help: 'Alerts that an Alertmanager has taken.',
    labels: TO,
  },
  notificationsErrors: {
    name: 'pooldrift_notifications_errors_total',
    type: 'counter',
    unit: '',
    help: 'Alerts in requests to an Alertmanager that failed; one that is tried twice counts twice.',
    labels: TO,
  },
  notificationsDropped: {
    name: 'pooldrift_notifications_dropped_total',
    type: 'counter',
    unit: '',
    help: 'Alerts that were not tried again: queue-full, where newer ones took their place, or refused by the Alertmanager.',
    labels: { ...TO, reason: '2' },
  },
  notificationsQueue: {
    name: 'pooldrift_notifications_queue_length',
    type: 'gauge',
    unit: '',
    help: 'Alerts that wait to be sent.',
    labels: TO,
  },
  notificationsCapacity: {
    name: 'pooldrift_notifications_queue_capacity',
    type: 'gauge',
    unit: '',
    help: 'Alerts that can wait at most.',
    labels: TO,
  },
  notificationsLatency: {
    name: 'pooldrift_notifications_latency_seconds',
    type: 'summary',
    unit: 'seconds',
    help: 'Time of requests to an Alertmanager, failed ones too.',
    labels: TO,
  },
  notificationsInvalid: {
    name: 'pooldrift_notifications_invalid_total',
    type: 'counter',
    unit: '',
    help: 'Alerts that no Alertmanager would take (names of labels, times, length), at each sending.',
    labels: {},
  },
  notificationsTextsCut: {
    name: 'pooldrift_notifications_texts_cut_total',
    type: 'counter',
    unit: '',
    help: 'Values of labels and annotations that were cut at 4 KiB, at each sending.',
    labels: {},
  },
} as const satisfies Record<string, Metric>;

export function putNotifications(put: Put, { instances, invalid, textsCut }: NotificationCounters): void {
  for (const each of instances) {
    const label = labelString({ alertmanager: each.alertmanager });
    put('notificationsSent', each.sent, label);
    put('notificationsErrors', each.errors, label);
    put('notificationsDropped', each.droppedFull, `${label},reason="queue-full"`);
    put('notificationsDropped', each.droppedRefused, `${label},reason="refused"`);
    put('notificationsQueue', each.queueLength, label);
    put('notificationsCapacity', each.queueCapacity, label);
    put('notificationsLatency', each.requestSeconds, label, '_sum');
    put('notificationsLatency', each.requests, label, '_count');
  }
  put('notificationsInvalid', invalid);
  put('notificationsTextsCut', textsCut);
}
