import { type Alert, RESOLVED_KEPT_MS } from '../../rules/run/alerts.ts';

/** An alert to be sent now, and until when it is to hold. */
export type Due = { alert: Alert; endsAtMs: number };

export type DueOptions = { resendDelayMs: number; intervalMs: number };

/** An alert outlives so many of its resends that do not arrive. */
const LIVES = 4;

/** Which alerts are to be sent when, as Prometheus has it. */
export class DueBook {
  readonly #resendDelayMs: number;
  readonly #holdsMs: number;
  /** When each was last sent. */
  #sentMs = new Map<string, { atMs: number; resolved: boolean }>();

  constructor({ resendDelayMs, intervalMs }: DueOptions) {
    this.#resendDelayMs = resendDelayMs;
    this.#holdsMs = LIVES * Math.max(resendDelayMs, intervalMs);
  }

  /** `alerts`: all that there are now. Those that are returned count as sent. */
  take(alerts: readonly Alert[], nowMs: number): Due[] {
    const sent = new Map<string, { atMs: number; resolved: boolean }>();
    const due: Due[] = [];
    for (const alert of alerts) {
      if (alert.phase === 'pending' || this.#forgotten(alert, nowMs)) continue;
      const key = `${alert.firedAtMs} ${alert.labels.text}`;
      const [last, resolved] = [this.#sentMs.get(key), alert.phase === 'resolved'];
      const waits = last && last.resolved === resolved && this.#recent(last.atMs, nowMs);
      sent.set(key, waits ? last : { atMs: nowMs, resolved });
      if (!waits) due.push({ alert, endsAtMs: alert.resolvedAtMs ?? nowMs + this.#holdsMs });
    }
    this.#sentMs = sent;
    return due;
  }

  /** A clock that was set back makes nothing wait. */
  #recent(atMs: number, nowMs: number): boolean {
    return nowMs >= atMs && nowMs - atMs < this.#resendDelayMs;
  }

  #forgotten({ phase, resolvedAtMs }: Alert, nowMs: number): boolean {
    return phase === 'resolved' && nowMs - resolvedAtMs! > RESOLVED_KEPT_MS;
  }
}
