import type { Log } from '../pools/roster.ts';
import { NAME } from '../rules/labels.ts';
import type { Rule } from '../rules/rule.ts';
import { ALERT_NAME, type Alert, type AlertPhase } from '../rules/run/alerts.ts';
import type { RuleOutcome } from '../rules/run/group.ts';

/** Lines of one evaluation, and characters of each: a rule may give thousands. */
const LINES_MAX = 10;
const LINE_LENGTH_MAX = 500;
const SUMMARY = 'summary';
const WITHOUT_NAME = [NAME, ALERT_NAME];

/** The log's side of the rules: each alert when it fires and when it is resolved, each rule when it begins to fail. */
export class Told {
  readonly #log: Log;
  #phases = new Map<string, AlertPhase>();
  #faults = new Map<Rule, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Those of before a restart: told already. */
  know(alerts: readonly Alert[]): void {
    this.#phases = new Map(alerts.map(({ labels, phase }) => [labels.text, phase]));
  }

  alerts(alerts: readonly Alert[]): void {
    const before = this.#phases;
    this.know(alerts);
    const others = alerts.filter(({ labels, phase }) => before.get(labels.text) !== phase);
    const lines = others.flatMap((alert) => line(alert, before.get(alert.labels.text)));
    for (const each of lines.slice(0, LINES_MAX)) this.#log.info(each.slice(0, LINE_LENGTH_MAX));
    if (lines.length > LINES_MAX) this.#log.info(`and ${lines.length - LINES_MAX} alerts more`);
  }

  outcomes(outcomes: readonly RuleOutcome[]): void {
    for (const { rule, fault } of outcomes) {
      const before = this.#faults.get(rule) ?? null;
      if (fault !== null) this.#faults.set(rule, fault);
      else this.#faults.delete(rule);
      if (fault !== null && fault !== before) this.#log.warn(`rule ${rule.name}: ${fault}`.slice(0, LINE_LENGTH_MAX));
      else if (fault === null && before !== null) this.#log.info(`rule ${rule.name} works again`);
    }
  }

  /** The rules are others. */
  forgetFaults(): void {
    this.#faults.clear();
  }
}

function line({ labels, phase, annotations }: Alert, before: AlertPhase | undefined): string[] {
  const what = `alert ${labels.get(ALERT_NAME)}${labels.without(WITHOUT_NAME).text}`;
  const summary = annotations.find(([name]) => name === SUMMARY)?.[1] ?? '';
  if (phase === 'firing') return [`${what} fires${summary && `: ${summary}`}`];
  return phase === 'resolved' && before === 'firing' ? [`${what} is resolved`] : [];
}
