import { alertmanagerName } from '../config/alertmanagers.ts';
import type { AlertmanagerConfig } from '../config/config.ts';
import type { NotificationCounters } from '../metrics/notifications.ts';
import type { Log } from '../pools/roster.ts';
import { Labels } from '../rules/labels.ts';
import type { Alert } from '../rules/run/alerts.ts';
import { DueBook, type DueOptions } from './alertmanager/due.ts';
import { Instance } from './alertmanager/instance.ts';
import { type Message, type MessageOptions, written } from './alertmanager/message.ts';
import { post } from './alertmanager/post.ts';

/** `resendDelayMs`: alerting.resend_delay. `intervalMs`: between two ticks. */
export type SenderOptions = DueOptions & {
  alertmanagers: readonly AlertmanagerConfig[];
  externalLabels: Readonly<Record<string, string>>;
  log: Log;
  generatorUrl?: string;
};

/** What close() waits for alerts that are still to be sent. */
const FLUSH_MS = 3000;

/**
 * Sends alerts to every Alertmanager. What is lost on the way of one is tried again, and holds up no other. Which alerts
 * there are, and since when, is the caller's matter: the same ones after a restart are the same to Alertmanager.
 */
export class AlertmanagerSender {
  readonly #instances: readonly Instance[];
  readonly #due: DueBook;
  readonly #message: MessageOptions;
  #invalid = 0;
  #textsCut = 0;

  constructor(options: SenderOptions) {
    const { alertmanagers, externalLabels, generatorUrl = null, log } = options;
    this.#due = new DueBook(options);
    this.#message = { externalLabels: Labels.of(externalLabels), generatorUrl };
    this.#instances = alertmanagers.map(
      (config) => new Instance(alertmanagerName(config.url), (body, signal) => post(config, body, signal), { log }),
    );
  }

  /** All alerts that there are now; those that are due are sent. Never waits, never throws. */
  tick(alerts: readonly Alert[], nowMs: number): void {
    const messages = this.#due.take(alerts, nowMs).flatMap(({ alert, endsAtMs }): Message[] => {
      const { message, textsCut } = written(alert, endsAtMs, this.#message);
      this.#textsCut += textsCut;
      if (message === null) this.#invalid++;
      return message === null ? [] : [message];
    });
    if (messages.length > 0) for (const instance of this.#instances) instance.add(messages);
  }

  /** Since the start. */
  counters(): NotificationCounters {
    const instances = this.#instances.map((instance) => instance.counters());
    return { instances, invalid: this.#invalid, textsCut: this.#textsCut };
  }

  /** Sends what waits, for 3 s at most. No alert is resolved by it. */
  async close(): Promise<void> {
    await Promise.all(this.#instances.map((instance) => instance.close(FLUSH_MS)));
  }
}
