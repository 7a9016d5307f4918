import type { Labels } from '../labels.ts';
import { type Needs, needsOf } from '../needs.ts';
import type { RuleGroup } from '../rule.ts';
import type { Store } from '../store/store.ts';
import type { Alert } from './alerts.ts';
import { type Absence, type GroupOptions, GroupRun, type RuleOutcome } from './group.ts';
import { restoreAlerts, saveAlerts } from './saved.ts';

/** `intervalMs`: of groups that have none of their own. */
export type RulesOptions = GroupOptions & { intervalMs: number };

/** Since the start. `failures`: evaluations of a rule that gave a fault. */
export type RulesTotals = { evaluations: number; failures: number };

type Scheduled = { run: GroupRun; lastMs: number };

/** All groups of all rule files over one store, each in its own interval. */
export class Rules {
  readonly #store: Store;
  #options: RulesOptions;
  #groups: Scheduled[] = [];
  #needs: Needs = needsOf([]);
  readonly totals: RulesTotals = { evaluations: 0, failures: 0 };
  /** Of groups that were replaced. */
  #textsCutBefore = 0;

  constructor(store: Store, options: RulesOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** What must be appended to the store for these rules. */
  get needs(): Needs {
    return this.#needs;
  }

  get count(): number {
    return this.#groups.reduce((sum, { run }) => sum + run.group.rules.length, 0);
  }

  /** Labels and annotations of alerts that were too long, since the start. */
  get textsCut(): number {
    return this.#groups.reduce((sum, { run }) => sum + run.textsCut, this.#textsCutBefore);
  }

  /** Of templates; those of the next groups. */
  set externalLabels(externalLabels: Labels) {
    this.#options = { ...this.#options, externalLabels };
  }

  /** Other groups from now on. One of the same file and name goes on; the series of those that are gone end. */
  replace(groups: readonly RuleGroup[], timeMs: number): void {
    this.#textsCutBefore = this.textsCut;
    const before = new Map(this.#groups.map((each) => [key(each.run.group), each]));
    this.#groups = groups.map((group) => {
      const run = new GroupRun(group, this.#options);
      const old = before.get(key(group));
      before.delete(key(group));
      if (old) run.takeOver(old.run, timeMs, this.#store);
      return { run, lastMs: old?.lastMs ?? Number.NEGATIVE_INFINITY };
    });
    for (const { run } of before.values()) run.end(timeMs, this.#store);
    this.#needs = needsOf(groups);
    this.#store.keepFor(this.#needs.keepMs);
  }

  /** Evaluates the groups whose interval has come round, and forgets series that have ended. */
  evaluate(timeMs: number): RuleOutcome[] {
    this.#store.expire(timeMs);
    const due = this.#groups.filter((each) => this.#due(each, timeMs));
    const outcomes = due.flatMap((each) => {
      each.lastMs = timeMs;
      return each.run.evaluate(timeMs, this.#store);
    });
    this.totals.evaluations += outcomes.length;
    this.totals.failures += outcomes.filter(({ fault }) => fault !== null).length;
    return outcomes;
  }

  /** All that are pending, firing, or resolved and still kept. */
  alerts(): Alert[] {
    return this.#groups.flatMap(({ run }) => run.alerts().flatMap((each) => each.alerts));
  }

  /** For the state folder; JSON. */
  save(): unknown {
    return saveAlerts(this.#groups.map(({ run }) => run));
  }

  /** After a restart, once the groups are there. False where what was saved is of no use. */
  restore(saved: unknown, absence: Absence | null = null): boolean {
    const runs = this.#groups.map(({ run }) => run);
    return restoreAlerts(runs, saved, absence);
  }

  /** After the clock was set by so much: samples and alerts are as old as they were. */
  shift(ms: number): void {
    this.#store.shift(ms);
    for (const each of this.#groups) {
      each.lastMs += ms;
      each.run.shift(ms);
    }
  }

  /** Intervals begin at multiples of themselves, so that a late evaluation does not make the next one late. */
  #due({ run, lastMs }: Scheduled, timeMs: number): boolean {
    const intervalMs = run.group.intervalMs ?? this.#options.intervalMs;
    return Math.floor(timeMs / intervalMs) > Math.floor(lastMs / intervalMs);
  }
}

function key({ file, name }: RuleGroup): string {
  return JSON.stringify([file, name]);
}
