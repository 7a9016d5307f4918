import type { Log } from '../pools/roster.ts';
import type { Alert } from '../rules/run/alerts.ts';
import type { Rules } from '../rules/run/rules.ts';
import type { StateFolder } from '../state/folder.ts';

const NAME = 'alerts';
const KIND = 'daemon';
/** Alerts of longer ago are none of ours, as with Prometheus. */
const AWAY_MAX_MS = 3_600_000;
/** So often at least while there are alerts: the age of what is kept tells how long nobody was there. */
const SAVE_MS = 60_000;

/** The alerts in the state folder: written before they are sent, so that a restart knows what was told. */
export class KeptAlerts {
  readonly #state: Pick<StateFolder, 'read' | 'write' | 'refuse'>;
  readonly #log: Log;
  #written = signature([]);
  #writtenMs = 0;

  constructor(state: Pick<StateFolder, 'read' | 'write' | 'refuse'>, log: Log) {
    this.#state = state;
    this.#log = log;
  }

  /** `settleMs`: until all samples are there again. */
  restore(rules: Rules, nowMs: number, settleMs: number): void {
    const saved = this.#state.read(NAME, KIND);
    if (saved === null) return;
    const awayMs = Math.max(0, nowMs - saved.savedAtMs);
    if (awayMs > AWAY_MAX_MS) this.#log.info('alerts: those that are kept are over an hour old: they begin anew');
    else if (!rules.restore(saved.value, { nowMs, awayMs, settleMs }))
      this.#state.refuse(NAME, 'it has not the right form', KIND);
    else if (saved.savedAtMs > nowMs) rules.shift(nowMs - saved.savedAtMs); // the clock was set back meanwhile
    this.#written = signature(rules.alerts());
  }

  /** Writes what has changed. */
  save(rules: Rules, alerts: readonly Alert[], nowMs: number): void {
    const now = signature(alerts);
    const old = alerts.length > 0 && Math.abs(nowMs - this.#writtenMs) >= SAVE_MS;
    if (now === this.#written && !old) return;
    this.#written = now;
    this.#writtenMs = nowMs;
    this.#state.write(NAME, rules.save(), KIND);
  }
}

/** Values and texts change at each evaluation, and come again with the next one. */
function signature(alerts: readonly Alert[]): string {
  return JSON.stringify(
    alerts.map(({ labels, phase, activeAtMs, firedAtMs, keptSinceMs }) => [
      ...[labels.text, phase, activeAtMs, firedAtMs, keptSinceMs],
    ]),
  );
}
