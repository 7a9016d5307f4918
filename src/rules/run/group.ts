import { Labels } from '../labels.ts';
import { lookMs } from '../needs.ts';
import { type EvaluationLimits, evaluate } from '../promql/evaluate.ts';
import { EvaluationFault } from '../promql/fault.ts';
import type { Sample } from '../promql/sample.ts';
import type { Rule, RuleGroup } from '../rule.ts';
import type { Store } from '../store/store.ts';
import { type Alert, Alerts } from './alerts.ts';
import { recorded } from './record.ts';

export type GroupOptions = EvaluationLimits & { externalLabels: Labels };

/** How one rule went; `fault` is why it could not be evaluated. */
export type RuleOutcome = { rule: Rule; fault: string | null; samples: number };

/**
 * Nobody evaluated for `awayMs`, up to `nowMs`; after `settleMs` there are samples of everything again. A pending alert
 * has waited neither meanwhile nor while nobody knows of it, and a rule has nothing to look back on.
 */
export type Absence = { nowMs: number; awayMs: number; settleMs: number };

type Running = {
  rule: Rule;
  alerts: Alerts | null;
  /** What it wrote last time, by text: what is missing next time has ended. */
  written: Map<string, Labels>;
};

/** A group in its life: its rules are evaluated one after the other, each on what those before it wrote. */
export class GroupRun {
  readonly group: RuleGroup;
  readonly #options: GroupOptions;
  readonly #running: Running[];

  constructor(group: RuleGroup, options: GroupOptions) {
    this.group = group;
    this.#options = options;
    this.#running = group.rules.map((rule) => ({
      rule,
      alerts: rule.kind === 'alert' ? new Alerts(rule, options.externalLabels) : null,
      written: new Map(),
    }));
  }

  evaluate(timeMs: number, store: Store): RuleOutcome[] {
    return this.#running.map((running) => this.#evaluateRule(running, timeMs, store));
  }

  /** By rule; those that are resolved too, for as long as they are kept. */
  alerts(): { rule: Rule; alerts: Alert[] }[] {
    return this.#running.flatMap(({ rule, alerts }) => (alerts ? [{ rule, alerts: alerts.list() }] : []));
  }

  /** Labels and annotations of its alerts that were too long, since the start. */
  get textsCut(): number {
    return this.#running.reduce((sum, { alerts }) => sum + (alerts?.textsCut ?? 0), 0);
  }

  /** After a reload: what the same rule of the group before has come to. Rules that are gone end their series. */
  takeOver(before: GroupRun, timeMs: number, store: Store): void {
    const left = [...before.#running];
    for (const running of this.#running) {
      const at = left.findIndex(({ rule }) => identity(rule) === identity(running.rule));
      if (at < 0) continue;
      const [old] = left.splice(at, 1);
      running.written = old!.written;
      running.alerts?.restore(old!.alerts!.list());
      running.alerts?.holdLike(old!.alerts!);
    }
    for (const { written } of left) for (const labels of written.values()) store.appendStale(labels, timeMs);
  }

  /** The group is gone: so are its series. */
  end(timeMs: number, store: Store): void {
    for (const { written } of this.#running) for (const labels of written.values()) store.appendStale(labels, timeMs);
  }

  /** After a restart: alerts by the identity of their rule. */
  restore(saved: ReadonlyMap<string, readonly Alert[]>, absence: Absence | null): void {
    for (const { rule, alerts } of this.#running) {
      alerts?.restore(saved.get(identity(rule)) ?? []);
      if (absence) alerts?.holdUntil(absence.nowMs + Math.max(absence.settleMs, lookMs(rule.expression)));
    }
  }

  shift(ms: number): void {
    for (const { alerts } of this.#running) alerts?.shift(ms);
  }

  #evaluateRule(running: Running, timeMs: number, store: Store): RuleOutcome {
    const { rule } = running;
    try {
      const samples = this.#result(running, timeMs, store);
      this.#write(running, samples, timeMs, store);
      return { rule, fault: null, samples: samples.length };
    } catch (error) {
      if (!(error instanceof EvaluationFault)) throw error;
      return { rule, fault: error.message, samples: 0 };
    }
  }

  #result({ rule, alerts }: Running, timeMs: number, store: Store): Sample[] {
    const result = evaluate(rule.expression, timeMs, store, this.#options);
    const samples = typeof result === 'number' ? [{ labels: Labels.NONE, value: result }] : result;
    if (rule.kind === 'record') return recorded(rule, samples, this.group.limit);
    return alerts!.update(samples, timeMs, this.group.limit);
  }

  #write(running: Running, samples: readonly Sample[], timeMs: number, store: Store): void {
    const written = new Map<string, Labels>();
    for (const { labels, value } of samples) if (store.append(labels, timeMs, value)) written.set(labels.text, labels);
    for (const [text, labels] of running.written) if (!written.has(text)) store.appendStale(labels, timeMs);
    running.written = written;
  }
}

/** Rules of one identity are the same before and after a reload, also where the expression has changed. */
export function identity(rule: Rule): string {
  const labels = rule.labels.map((label) => ('name' in label ? [label.name, label.source] : label));
  return JSON.stringify([rule.kind, rule.name, labels.toSorted()]);
}
